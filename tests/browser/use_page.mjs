// SPDX-License-Identifier: Apache-2.0
//
// Uses the pages of a folder of samples as readers do: with and without scripts, under the policy that Jenkins sends, by
// keys, on paper, and asks axe-core whether anybody is left out.
//
//   node use_page.mjs FOLDER CHROMIUM NODE_MODULES      exit code 0 good, 1 not, 77 NODE_MODULES has not what it needs
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const [folder, executablePath, modules] = process.argv.slice(2);
if (!fs.existsSync(path.join(modules, 'playwright-core')) || !fs.existsSync(path.join(modules, 'axe-core'))) {
  console.log(`skipped: ${modules} has no playwright-core and axe-core: npm could not install them`);
  process.exit(77);
}
const require = createRequire(path.join(path.resolve(modules), 'x.js'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const PAGES = ['mixed', 'data_race', 'lock_facts', 'processes', 'programs', 'empty', 'baseline', 'misuse', 'history', 'past', 'explored', 'confirmations',
               'lock_graph', 'twins'];
const JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';";

// Of all rules the contrast alone depends on the colours, and takes most of the time; it does not depend on the width.
const LOOKS = [
  { colorScheme: 'light', width: 1200 },
  { colorScheme: 'light', width: 400, rules: { rules: { 'color-contrast': { enabled: false } } } },
  { colorScheme: 'dark', width: 1200, rules: { runOnly: { type: 'rule', values: ['color-contrast'] } } },
];

const url = (name, hash = '') => pathToFileURL(path.resolve(folder, `${name}.html`)).href + hash;
const visible = (page, selector) => page.locator(selector).evaluateAll((all) => all.filter((e) => e.checkVisibility()).length);

let browser;
before(async () => { browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] }); });
after(async () => { await browser.close(); });

// What a visit may never do is noted for each: `noise` has it. Ends with the test.
async function visit(t, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const noise = [];
  page.on('console', (message) => noise.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error}`));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address.split('#')[0] && !request.url().startsWith('data:')) noise.push(`asks for ${request.url()}`);
  });
  await page.goto(address);
  return { page, noise };
}

// `options`: which rules, as axe names them; all if there are none.
const audit = async (page, options = {}) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((which) => window.axe.run(document, { ...which, resultTypes: ['violations'] }), options);
  return violations.map((one) => `${one.id} (${one.impact}): ${one.nodes[0].html.slice(0, 120)}`);
};

// What the reader without scripts gets, too. The script adds buttons.
const words = (page) => page.evaluate(() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('button, .steps, script, [role=status]').forEach((e) => e.remove());
  return copy.textContent.replace(/\s+/g, ' ');
});

for (const name of PAGES) {
  describe(name, () => {
    for (const { colorScheme, width, rules } of LOOKS) {
      test(`axe finds nothing in ${colorScheme}, ${width} wide`, async (t) => {
        const { page, noise } = await visit(t, url(name), { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
        await page.evaluate(() => document.querySelectorAll('details').forEach((e) => { e.open = true; }));
        assert.deepEqual(await audit(page, rules), []);
        assert.deepEqual(noise, []);
      });
    }

    test('without scripts it says the same, and what is folded opens', async (t) => {
      const { page, noise } = await visit(t, url(name));
      const { page: still, noise: more } = await visit(t, url(name), { javaScriptEnabled: false });
      const text = fs.readFileSync(path.resolve(folder, `${name}.html`), 'utf8');
      assert.ok(text.length > 0);
      assert.equal(await words(page), await words(still));
      const folded = still.locator('details:not([open]) > summary:visible');
      const before = await folded.count();
      if (before > 0) {
        const box = await folded.first().elementHandle();
        await box.click();
        assert.equal(await box.evaluate((e) => e.parentElement.open), true);
      }
      assert.deepEqual([...noise, ...more], []);
    });

    test('under the policy of Jenkins it can be read', async (t) => {
      const server = http.createServer((request, response) => {
        response.setHeader('Content-Security-Policy', JENKINS);
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.end(fs.readFileSync(path.resolve(folder, `${name}.html`)));
      });
      await new Promise((done) => server.listen(0, '127.0.0.1', done));
      t.after(() => server.close());
      const address = `http://127.0.0.1:${server.address().port}/`;
      const { page, noise } = await visit(t, address);
      assert.ok(await page.locator('h1').isVisible());
      const { page: free } = await visit(t, url(name));
      assert.equal(await words(page), await words(free));
      assert.equal(await visible(page, '.finding, tbody tr'), await visible(free, '.finding, tbody tr'));
      // The browser says what the policy refused: the style, the script, the empty icon. Nothing else may be said.
      const others = noise.filter((line) => !/Content Security Policy|Blocked script execution/i.test(line));
      assert.deepEqual(others, []);
    });

    test('on paper it has everything and no controls', async (t) => {
      const { page, noise } = await visit(t, url(name));
      await page.emulateMedia({ media: 'print' });
      assert.equal(await visible(page, 'input, button'), 0);
      const pdf = await page.pdf();
      assert.equal(pdf.subarray(0, 4).toString(), '%PDF');
      assert.deepEqual(noise, []);
    });
  });
}

describe('what a reader does', () => {
  const names = (page) => page.locator('.scenario').evaluateAll(
      (all) => all.filter((e) => e.checkVisibility()).map((e) => e.querySelector('h2').textContent));

  test('types tokens, finds by them, and sends the address to somebody', async (t) => {
    const { page, noise } = await visit(t, url('mixed'));
    const every = await names(page);
    await page.keyboard.press('/');
    await page.keyboard.type('kind:lock-order-cycle lock:acc');
    const found = await names(page);
    assert.ok(found.includes('bank/one-order') && found.length < every.length, String(found));
    const { page: other } = await visit(t, page.url());
    assert.deepEqual(await names(other), found);
    assert.equal(await other.locator('#q').inputValue(), 'kind:lock-order-cycle lock:acc');
    await page.locator('#q').fill('');
    assert.deepEqual(await names(page), every);
    await page.locator('#q').fill('verdict:missed');
    assert.deepEqual(await names(page), ['bank/missed']);
    assert.deepEqual(noise, []);
  });

  test('follows a link to one finding', async (t) => {
    const { page: all } = await visit(t, url('mixed'));
    const ids = await all.locator('.finding[id^="f-"]').evaluateAll((some) => some.map((e) => e.id));
    assert.ok(ids.length > 0);
    for (const id of ids.slice(0, 5)) {
      const { page, noise } = await visit(t, url('mixed', `#${id}`));
      assert.ok(await page.locator(':target').isVisible(), id);
      assert.equal(await page.locator(':target').getAttribute('id'), id);
      assert.ok(await page.locator(':target').evaluate((e) => Math.abs(e.getBoundingClientRect().top) < innerHeight), id);
      assert.deepEqual(noise, []);
    }
  });

  test('walks through the steps with keys, and from finding to finding', async (t) => {
    const { page, noise } = await visit(t, url('mixed'));
    const table = page.locator('table.lanes:visible').first();
    const rows = await table.locator('tbody tr').count();
    assert.ok(rows > 1);
    await table.evaluate((e) => e.closest('[tabindex]').focus());
    await page.keyboard.press('ArrowUp');
    assert.equal(await table.locator('tr.later').count(), 1);
    await page.keyboard.press('ArrowDown');
    assert.equal(await table.locator('tr.later').count(), 0);
    await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    await page.keyboard.press('j');
    const first = await page.evaluate(() => document.activeElement.id);
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement.id);
    assert.notEqual(first, second);
    await page.keyboard.press('k');
    assert.equal(await page.evaluate(() => document.activeElement.id), first);
    assert.deepEqual(noise, []);
  });
});

test('these tests notice what they are for', async (t) => {
  const bad = path.join(fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'bad-page-')), 'bad.html');
  t.after(() => fs.rmSync(path.dirname(bad), { recursive: true }));
  fs.writeFileSync(bad, '<!DOCTYPE html><p style="color:#999;background:#aaa">pale</p><img src="http://127.0.0.1:9/x.png">' +
                        '<script>document.body.append("late"); console.error("oops")</script>');
  const { page, noise } = await visit(t, pathToFileURL(bad).href);
  const found = (await audit(page)).join();
  for (const rule of ['html-has-lang', 'color-contrast', 'image-alt']) assert.ok(found.includes(rule), found);
  assert.ok(noise.some((line) => line.includes('oops')) && noise.some((line) => line.includes('asks for')), String(noise));
  const { page: still } = await visit(t, pathToFileURL(bad).href, { javaScriptEnabled: false });
  assert.notEqual(await words(page), await words(still));
});
