// Where a person of the local stack says who they are: a button each, and no password.

import { people } from './people.mjs';

const button = ([role, { name, title }]) => `
      <button name="role" value="${role}"><strong>${name}</strong> ${title}</button>`;

export const signInPage = (action) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Sign in to the local stack</title>
    <style>
      body { font: 1rem/1.5 "Segoe UI", system-ui, sans-serif; margin: 15vh auto; max-width: 22rem; padding: 1rem; }
      button { display: block; width: 100%; margin: .5rem 0; padding: .75rem; font: inherit; text-align: left; }
      strong { display: block; }
    </style>
  </head>
  <body>
    <main>
      <h1>Who are you?</h1>
      <form method="post" action="${action}">${Object.entries(people).map(button).join('')}
      </form>
    </main>
  </body>
</html>
`;
