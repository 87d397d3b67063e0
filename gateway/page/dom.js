// Small helpers for the document. Text goes in as text nodes only: nothing is ever parsed as HTML.

/** An element with properties (`class`, `title`, `href`, `data-*`, `aria-*` …) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Set an element's text, and its tooltip, only where they differ: most updates change little. */
export function setText(node, text, title = null) {
  if (node.textContent !== text) node.textContent = text;
  if (title === null) node.removeAttribute("title");
  else if (node.title !== title) node.title = title;
}

/** Make a node's children like these, changing only what differs: focus, selection and scrolling stay. */
export function renew(node, wanted) {
  const held = [...node.childNodes];
  wanted.forEach((want, k) => {
    const have = held[k];
    if (!have) node.append(want);
    else if (have.nodeName !== want.nodeName) have.replaceWith(want);
    else if (have.nodeType === Node.TEXT_NODE) have.data === want.data || (have.data = want.data);
    else {
      renewAttributes(have, want);
      renew(have, [...want.childNodes]);
    }
  });
  for (const surplus of held.slice(wanted.length)) surplus.remove();
}

function renewAttributes(have, want) {
  for (const { name } of [...have.attributes]) if (!want.hasAttribute(name)) have.removeAttribute(name);
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) === value) continue;
    if (name === "style") have.style.cssText = value; // as an attribute the page's policy forbids it
    else have.setAttribute(name, value);
  }
}

export const byId = (id) => document.getElementById(id);
