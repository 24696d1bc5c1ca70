/** The colours: those of the system, or what was chosen on this device. */
type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];
const STORAGE_KEY = 'influx-monitoring.theme';

/** Makes the button go through the themes. @param onChange - called when colours change, for what is drawn with them */
export function installTheme(button: HTMLElement, onChange: () => void): void {
  let theme = readTheme();
  const apply = (): void => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    writeTheme(theme);
    apply();
    onChange();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === stored) ?? 'system';
  } catch {
    // Some browsers forbid storage; the choice then lasts as long as the page.
    return 'system';
  }
}

function writeTheme(theme: Theme): void {
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // As above.
  }
}
