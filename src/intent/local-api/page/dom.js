/** The element of that id, which is one of a kind. Throws if index.html and the script do not belong together. */
export function found(/** @type {string} */ id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`there is no element ${id}`);
  return element;
}

/** The input of that id. */
export function field(/** @type {string} */ id) {
  const element = found(id);
  if (!(element instanceof HTMLInputElement)) throw new Error(`${id} is no input`);
  return element;
}

/**
 * A new element with that class and these in it. Text stays text, whatever stands in it: nothing here is ever parsed as HTML.
 * @param {string} name
 * @param {string} className
 * @param {(Node | string)[]} children
 */
export function made(name, className, ...children) {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** Sets a text where it differs: what somebody has selected stays selected. */
export function say(/** @type {Element} */ element, /** @type {string} */ text, className = '') {
  if (element.textContent !== text) element.textContent = text;
  if (element.className !== className) element.className = className;
}

/** `150 ms`, `12.3 s`, `12 min`, `3.5 h`, `12 d`, as the commands say it. */
export function lasting(/** @type {number} */ ms) {
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 100_000) return `${(ms / 1_000).toFixed(1)}\u00a0s`;
  if (ms < 100 * 60_000) return `${Math.round(ms / 60_000)}\u00a0min`;
  return ms < 100 * 3_600_000 ? `${(ms / 3_600_000).toFixed(1)}\u00a0h` : `${Math.round(ms / 86_400_000)}\u00a0d`;
}

/** `512 B`, `1.5 KiB`, `20 MiB`, `1 GiB`. */
export function sized(/** @type {number} */ bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10}\u00a0${units[power]}`;
}

/** `1 wish`, `2 wishes`. */
export function counted(/** @type {number} */ count, /** @type {string} */ one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
