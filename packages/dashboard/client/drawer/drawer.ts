import { createElement, findElement, setText } from '../element.ts';
import {
  readDrawerAddress,
  spanQuery,
  writeDrawerAddress,
  type Address,
  type DrawerAddress,
} from '../state/address.ts';
import { createName } from '../tables/name-cell.ts';
import { DetailSource } from './detail-source.ts';
import { DrawerBody } from './drawer-body.ts';
import { trapFocus } from './focus-trap.ts';
import { SUBJECT_TEXTS } from './subject-texts.ts';

/** What the drawer needs of the page. */
export interface DrawerListener {
  readonly address: () => Address;
  readonly onAnnounce: (text: string) => void;
  readonly onZoom: (from: number, to: number) => void;
}

/** Shows all that is known of one row beside the page. It has an address of its own, so that it can be shared. */
export class Drawer {
  readonly #listener: DrawerListener;
  // The page has it as a dialog.
  readonly #dialog = findElement('drawer') as HTMLDialogElement;
  readonly #notice = createElement('p', { class: 'notice', attributes: { role: 'status' } });
  #address: DrawerAddress | undefined;
  #source: DetailSource | undefined;
  #body: DrawerBody | undefined;
  #opener: Element | null = null;

  constructor(listener: DrawerListener) {
    this.#listener = listener;
    trapFocus(this.#dialog);
    this.#dialog.addEventListener('close', () => {
      this.#closed();
    });
    this.#dialog.addEventListener('click', (event) => {
      // Beside the drawer: the dialog's own area is what lies around its content.
      if (event.target === this.#dialog) this.#dialog.close();
    });
    window.addEventListener('hashchange', () => {
      this.follow();
    });
  }

  /** Opens it on a subject, under its own address. */
  open(address: DrawerAddress): void {
    this.#opener = document.activeElement;
    // An entry of the history of its own: the browser's Back closes it.
    location.hash = writeDrawerAddress(address);
    this.follow();
  }

  /** Shows what the page's address says. */
  follow(): void {
    const address = readDrawerAddress(location.hash);
    if (address === undefined) {
      if (this.#dialog.open) this.#dialog.close();
      return;
    }
    if (this.#address?.subject === address.subject && this.#address.key === address.key) return;
    this.#show(address);
  }

  /** The page shows another time. */
  changeTime(): void {
    this.#source?.ask();
  }

  /** Draws anew, in the colours of the theme. */
  redraw(): void {
    this.#body?.redraw();
  }

  #show(address: DrawerAddress): void {
    this.#source?.close();
    this.#address = address;
    const body = new DrawerBody(address, this.#listener.onAnnounce, this.#listener.onZoom);
    this.#body = body;
    this.#showNotice('Reading …');
    this.#dialog.replaceChildren(
      createElement('div', { class: 'drawer-content' }, this.#createHead(address), this.#notice, body.element),
    );
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#source = new DetailSource(address, () => spanQuery(this.#listener.address()), {
      onDetail: (detail) => {
        this.#showNotice('');
        body.show(detail);
      },
      onFailure: (reason) => {
        this.#showNotice(`No details just now: ${reason}`);
      },
    });
  }

  #createHead({ key, subject }: DrawerAddress): HTMLElement {
    const close = createElement('button', { class: 'close', text: 'Close', attributes: { type: 'button' } });
    close.addEventListener('click', () => {
      this.#dialog.close();
    });
    const { title } = SUBJECT_TEXTS[subject];
    const heading = createElement('h2', { attributes: { id: 'drawer-title' } });
    heading.append(createElement('span', { class: 'kind', text: title }));
    if (key !== '') heading.append(' ', createName(key));
    return createElement('header', {}, heading, close);
  }

  #closed(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#body = undefined;
    this.#address = undefined;
    this.#dialog.replaceChildren();
    if (readDrawerAddress(location.hash) !== undefined) {
      history.replaceState(null, '', location.pathname + location.search);
    }
    // The browser gives the focus back where it came from, unless that is gone or the page was opened with the drawer.
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  #showNotice(text: string): void {
    this.#notice.hidden = text === '';
    setText(this.#notice, text);
  }
}
