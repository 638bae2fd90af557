// SPDX-License-Identifier: Apache-2.0
// What a page must have for readers who cannot see it well; gives a list of what is wrong.
(() => {
  const problems = [];
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.className.baseVal ?? e.className}"> "${e.textContent.trim().slice(0, 30)}"`;
  const rgb = (text) => { const n = text.match(/[\d.]+/g).map(Number); return { c: n.slice(0, 3), a: n.length > 3 ? n[3] : 1 }; };
  const luminance = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const background = (e) => { for (; e; e = e.parentElement) { const b = rgb(getComputedStyle(e).backgroundColor); if (b.a === 1) return b.c; } return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || seen.has(e) || e.closest('svg') || !e.checkVisibility()) continue;
    seen.add(e);
    const [a, b] = [luminance(rgb(getComputedStyle(e).color).c), luminance(background(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)}: ${name(e)}`);
  }
  for (const e of document.querySelectorAll('body *')) {
    const style = getComputedStyle(e);
    const scrolls = e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(style.overflowX);
    if (scrolls && e.tabIndex < 0 && !e.querySelector('a, button, [tabindex]')) problems.push(`scrolls, but cannot be focused: ${name(e)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) problems.push(`id ${id} twice`);
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) {
    const id = e.getAttribute('aria-labelledby') || e.getAttribute('aria-describedby');
    if (!document.getElementById(id)) problems.push(`${name(e)} refers to ${id}, which is not there`);
  }
  let level = 0;
  for (const e of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const own = Number(e.tagName[1]);
    if (own > level + 1) problems.push(`heading of level ${own} after level ${level}: ${name(e)}`);
    level = own;
  }
  const labels = [...document.querySelectorAll('[role=region], nav, section[aria-label]')].map((e) => e.getAttribute('aria-label'));
  if (new Set(labels).size !== labels.length) problems.push('landmarks of one name');
  for (const e of document.querySelectorAll('svg[role=img]')) if (!e.getAttribute('aria-label')) problems.push('a drawing without a label');
  for (const e of document.querySelectorAll('input')) if (!e.labels.length) problems.push('an input without a label');
  for (const e of document.querySelectorAll('th')) if (!e.scope) problems.push(`a heading of a table without a scope: ${name(e)}`);
  if (document.documentElement.scrollWidth > innerWidth + 1) problems.push(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${innerWidth}`);
  if (!document.documentElement.lang) problems.push('no language');
  return problems;
})();
