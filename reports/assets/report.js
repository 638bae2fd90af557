// SPDX-License-Identifier: Apache-2.0
// All of it is comfort: the page says everything without it.
'use strict';
addEventListener('DOMContentLoaded', () => {
  const $ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const scenarios = $('.scenario');
  const box = document.getElementById('q');
  const hits = document.getElementById('hits');

  // Each scenario and finding knows its tokens ("kind:deadlock|lock:accounts"); plain words are looked for in the text.
  const nameOf = (element) => element.matches('.scenario') ? '|name:' + element.querySelector('h2').textContent : '';
  const tokens = (element) => ((element.dataset.t || 'verdict:as expected') + nameOf(element)).toLowerCase().split('|');
  const words = (query) => (query.toLowerCase().match(/[^\s"]*"[^"]*"?|\S+/g) || []).map((word) => word.replace(/"/g, ''));
  const matches = (word, all, text) => {
    const colon = word.indexOf(':');
    const isToken = colon > 0 && /^(kind|state|lock|verdict|name)$/.test(word.slice(0, colon));
    if (!isToken) return text().includes(word);
    const [key, value] = [word.slice(0, colon + 1), word.slice(colon + 1)];
    return all.some((token) => token.startsWith(key) && token.slice(key.length).includes(value));
  };
  const lower = new WeakMap();
  const textOf = (element) => {
    if (!lower.has(element)) lower.set(element, element.textContent.toLowerCase());
    return lower.get(element);
  };

  const search = (query) => {
    const all = words(query);
    let shown = 0;
    for (const scenario of scenarios) {
      const own = tokens(scenario);
      const findings = $('.finding', scenario);
      const fits = (more) => all.every((word) => matches(word, own.concat(more), () => textOf(scenario)));
      const hit = findings.map((finding) => fits(tokens(finding)));
      const visible = hit.includes(true) || fits([]);
      scenario.hidden = !visible;
      findings.forEach((finding, i) => { finding.hidden = hit.includes(true) && !hit[i]; });
      shown += visible ? 1 : 0;
    }
    hits.textContent = all.length ? `${shown} of ${scenarios.length}` : '';
    document.body.classList.toggle('searching', all.length > 0);
  };
  const remember = (query) => history.replaceState(null, '', query ? '#q=' + encodeURIComponent(query) : '#');

  // A link into something folded opens it.
  const follow = () => {
    const id = location.hash.slice(1);
    if (id.startsWith('q=') && box) {
      try { box.value = decodeURIComponent(id.slice(2)); } catch { box.value = id.slice(2); }
      return search(box.value);
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let e = target; e; e = e.parentElement) {
      if (e.tagName === 'DETAILS') e.open = true;
      e.hidden = false;
    }
    target.scrollIntoView();
  };

  if (box) {
    document.getElementById('search').hidden = false;
    box.addEventListener('input', () => { search(box.value); remember(box.value); });
  }
  addEventListener('hashchange', follow);
  follow();

  // A click on a chip looks for its like.
  for (const chip of $('[data-q]')) {
    chip.tabIndex = 0;
    chip.setAttribute('role', 'button');
    const ask = () => {
      box.value = chip.dataset.q.replace(/:(.*\s.*)$/, ':"$1"');
      search(box.value);
      remember(box.value);
    };
    chip.addEventListener('click', ask);
    chip.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); ask(); } });
  }

  // Commands to copy.
  for (const command of $('.cmd')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', 'Copy the command');
    button.addEventListener('click', async () => {
      try { await navigator.clipboard.writeText(command.textContent); button.textContent = 'Copied'; } catch { button.textContent = 'Not allowed'; }
    });
    command.after(' ', button);
  }

  // Step through what the threads did: a row at a time.
  for (const table of $('table.lanes')) {
    const rows = $('tbody tr', table);
    if (rows.length < 2) continue;
    let at = rows.length;
    const bar = document.createElement('p');
    bar.className = 'steps';
    const say = document.createElement('span');
    say.setAttribute('role', 'status');
    const show = (next) => {
      at = Math.max(1, Math.min(rows.length, next));
      rows.forEach((row, i) => { row.classList.toggle('later', i >= at); row.classList.toggle('now', i === at - 1 && at < rows.length); });
      say.textContent = `row ${at} of ${rows.length}`;
    };
    for (const [label, move] of [['First', () => 1], ['Back', () => at - 1], ['Next', () => at + 1], ['All', () => rows.length]]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', () => show(move()));
      bar.append(button, ' ');
    }
    bar.append(say);
    table.parentElement.before(bar);
    table.parentElement.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(at + step);
    });
  }

  // "/" searches; j and k go from finding to finding.
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === '/' && box) { event.preventDefault(); box.focus(); return; }
    if (event.key !== 'j' && event.key !== 'k') return;
    const all = $('.finding').filter((finding) => finding.checkVisibility());
    const here = all.findIndex((finding) => finding.getBoundingClientRect().top > 8);
    const next = event.key === 'j' ? all[here < 0 ? -1 : all[here] && all[here].getBoundingClientRect().top < 40 ? here + 1 : here]
                                   : all[(here < 0 ? all.length : here) - 1];
    if (next) { next.tabIndex = -1; next.focus({ preventScroll: true }); next.scrollIntoView(); }
  });
});
