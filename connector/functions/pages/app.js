// Starts the page: the words, who is there, and then the cards.

import { Api } from './api.js';
import { show } from './dom.js';
import { stayNear } from './focus.js';
import { frame, notices, welcome } from './frame.js';
import { loadWords, t } from './i18n.js';
import { Page } from './page.js';
import { keepAwake } from './poll.js';
import { SignIn, comeBack, handBack } from './sign-in.js';
import { restoreTheme } from './theme.js';
import { drawCard } from './card.js';
import { auditCard } from './cards/audit.js';
import { connectionCard } from './cards/connection.js';
import { diagnoseCard } from './cards/diagnose.js';
import { mappingsCard } from './cards/mappings.js';
import { recordsCard } from './cards/records.js';
import { statusCard } from './cards/status.js';
import { syncCard } from './cards/sync.js';

// The cards in their order; each is made once, when somebody is signed in.
const CARDS = [statusCard, connectionCard, syncCard, mappingsCard, recordsCard, diagnoseCard, auditCard];

const AGES_MS = 15_000; // what is said of a moment ago changes by itself

const place = document.getElementById('page');
const app = { signIn: null, page: null, cards: [], state: 'loading', problem: null, isSignedOut: false };

function draw() {
  document.title = t('app.title');
  const inside = app.state === 'ready'
    ? [notices(app, actions), app.cards.map(drawCard)]
    : [welcome(app, actions)];
  stayNear(() => show(place, frame(app, actions, inside)));
}

const actions = {
  draw,
  signIn: () => attempt(() => app.signIn.start()),
  async signInAgain() {
    await attempt(async () => {
      if (await app.signIn.again()) await enter();
    });
    keepFocus();
  },
  signOut: () => {
    app.signIn.signOut();
    location.reload();
  },
  retry: () => boot(),
};

// The button that was pressed may be gone; who uses a keyboard goes on at the cards.
function keepFocus() {
  if (document.activeElement === document.body) document.getElementById('content').focus({ preventScroll: true });
}

async function attempt(what) {
  try {
    app.problem = null;
    await what();
  } catch (error) {
    app.problem = error;
    if (app.state !== 'ready') app.state = 'signed-out';
  }
  draw();
}

async function boot() {
  const api = new Api({
    token: () => app.signIn?.token ?? null,
    onSignedOut: () => { app.isSignedOut = true; draw(); },
  });
  app.api = api;
  app.state = 'loading';
  try {
    app.signIn = new SignIn(await api.get('/sign-in'));
  } catch (problem) {
    Object.assign(app, { state: 'broken', problem });
    draw();
    return;
  }
  await attempt(arrive);
}

async function arrive() {
  app.state = 'signed-out';
  const back = app.back;
  app.back = null;
  if (back) await app.signIn.finish(back);
  else if (SignIn.wasSignedIn) { app.state = 'loading'; draw(); await app.signIn.start(); return; }
  if (app.signIn.token) await enter();
}

// Lets somebody in who has just signed in, for the first time or again.
async function enter() {
  app.isSignedOut = false;
  let me;
  try {
    me = await app.api.get('/me');
  } catch (problem) {
    Object.assign(app, { state: problem.status === 403 ? 'no-role' : 'broken', problem });
    return;
  }
  const who = { ...me, name: app.signIn.name };
  if (app.page) {
    app.page.me = who;
    for (const feed of app.page.feeds) feed.wake();
    return;
  }
  app.page = new Page({ api: app.api, me: who, redraw: draw });
  app.cards = CARDS.map((make) => make(app.page));
  app.state = 'ready';
  for (const feed of new Set(app.cards.flatMap((card) => [...card.feeds, ...(card.also ?? [])]))) feed.follow(draw);
  keepAwake(() => app.page.feeds);
  setInterval(draw, AGES_MS);
}

restoreTheme();
await handBack();
app.back = comeBack();
await loadWords();
draw();
await boot();
