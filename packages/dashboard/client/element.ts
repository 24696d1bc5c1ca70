/** What an element has besides its content. */
export interface ElementInit {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element. Text is only ever set as text, so that no name can be markup. */
export function createElement<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  init: ElementInit = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (init.class !== undefined) element.className = init.class;
  if (init.text !== undefined) element.textContent = init.text;
  for (const [name, value] of Object.entries(init.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element of an id that the page has. */
export function findElement(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element;
}

/** Sets text where it differs: what does not change is neither laid out nor read out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
