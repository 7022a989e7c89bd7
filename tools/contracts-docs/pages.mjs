import { readFileSync } from 'node:fs';
import path from 'node:path';
import { retentionOf } from '../../libs/event-bus/src/streams.ts';
import { root, snake } from './contract.mjs';
import { audienceOf, publisherOf } from './services.mjs';

const DAY = 86_400_000;
const NOTE = '<!-- Written by `npm run contracts:docs` from proto/ and the services. Change those. -->';

/** What is about whom, and who owns it. */
const ABOUT = {
  library: 'the items of the Library and what they enforce',
  blueprints: 'which items are on which Blueprint, and which Macs are in it',
  releases: 'every public build of macOS',
  deadlines: 'what each Mac owes by when, and when those moments come',
  devices: 'what each Mac is, and what it answered',
  updates: 'how each Mac gets to the version that it owes',
};

/** Path under docs/ → text. */
export const pagesOf = (contract, services) => {
  const contexts = contract.map((context) => {
    const publisher = publisherOf(services, context);
    const events = context.events.map((event) => ({
      ...event,
      audience: audienceOf(services, context.name, event.name),
      opens: publisher.opens.includes(event.name),
    }));
    return { ...context, events, publisher: publisher.name, kept: keptOf(context.name) };
  });
  return new Map([
    ['events.md', indexPage(contexts)],
    ...contexts.map((context) => [`events/${context.name}.md`, contextPage(context)]),
  ]);
};

const keptOf = (context) => {
  const millis = retentionOf(context);
  return millis === undefined ? 'for ever' : `${millis / DAY} days`;
};

const indexPage = (contexts) => `${NOTE}

# Events

${contexts.flatMap(({ events }) => events).length} events of ${contexts.length} contexts, each a fact that is never changed. The table below leads to every field of each; then:
[what an event looks like](#what-an-event-looks-like) · [what is promised](#what-is-promised) · [how to subscribe](#how-to-subscribe) · [how to catch up](#how-to-catch-up)

${contextsTable(contexts)}

${contexts.map(contextTable).join('\n\n')}

⚬ internal: it stays in its own store and is listed for whoever operates that; nothing outside may rest on it.

${readFileSync(path.join(import.meta.dirname, 'introduction.md'), 'utf8')
  .replace(/^<!--[^]*?-->\s*/, '')
  .replace('{{subscriber}}', code('ts', subscriber()))}`;

const contextTable = ({ name, events }) =>
  [
    `### [${name}](events/${name}.md): ${ABOUT[name]}`,
    '',
    '| event | what happened | heard by |',
    '| --- | --- | --- |',
    ...events.map(
      (event) =>
        `| [${event.name}](events/${name}.md#${event.name.toLowerCase()})${event.internal ? ' ⚬' : ''} | ${cell(firstSentence(event.meaning))} | ${heardBy(event)} |`,
    ),
  ].join('\n');

const contextsTable = (contexts) =>
  [
    '| context | written by | stream on the bus | kept there | streams in the store |',
    '| --- | --- | --- | --- | --- |',
    ...contexts.map(
      ({ name, publisher, kept, events }) =>
        `| [${name}](events/${name}.md) | [${publisher}](../services/${publisher}/README.md) | \`MOS_${name.toUpperCase()}\` | ${kept} | ${streamsOf(events).join(', ')} |`,
    ),
  ].join('\n');

const streamsOf = (events) => [...new Set(events.map(({ category, token }) => `\`${category}-<${token}>\``))];

const contextPage = ({ name, events, parts, publisher, kept }) => `${NOTE}

# ${name}

${capital(ABOUT[name])}. Written by [${publisher}](../../services/${publisher}/README.md); on the bus in \`MOS_${name.toUpperCase()}\`, ${kept === 'for ever' ? 'kept for ever' : `kept for ${kept}`}.
What every event has in common is in [events](../events.md).

${list(events.map((event) => `[${event.name}](#${event.name.toLowerCase()})${event.internal ? ' ⚬' : ''}`))}

${events.map((event) => eventSection(name, publisher, event)).join('\n\n')}
${parts.length > 0 ? `\n## Parts\n\nMessages that occur within events.\n\n${parts.map(partSection).join('\n\n')}\n` : ''}`;

const eventSection = (context, publisher, event) =>
  [
    `## ${event.name}`,
    '',
    event.meaning,
    '',
    '| | |',
    '| --- | --- |',
    `| type | \`${event.type}\` |`,
    event.internal
      ? `| visibility | internal: it never leaves the store of ${publisher} |`
      : `| subject | \`mos.${context}.<${event.token}>.${snake(event.name)}\` |`,
    `| stream | \`${event.category}-<${event.token}>\`${event.opens ? '; a load of it may begin here' : ''} |`,
    ...(event.internal ? [] : [`| heard by | ${heardBy(event, '../../')} |`]),
    ...(event.audience.readModels.length > 0
      ? [`| read models | ${event.audience.readModels.map((model) => `\`${model}\``).join(', ')} |`]
      : []),
    ...(event.older.length > 0
      ? [`| older versions, read for ever | ${event.older.map((t) => `\`${t}\``).join(', ')} |`]
      : []),
    '',
    fieldTable(event.fields),
    '',
    '<details><summary>Example</summary>',
    '',
    code('json', JSON.stringify(event.example, null, 2)),
    '',
    '</details>',
  ].join('\n');

const partSection = ({ name, meaning, fields }) => [`### ${name}`, '', meaning, '', fieldTable(fields)].join('\n');

const fieldTable = (fields) =>
  [
    '| field | type | present | value | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...fields.map(
      ({ name, type, presence, rules, meaning }) =>
        `| \`${name}\` | ${typeText(type)} | ${presence} | ${cell(rules.join('; '))} | ${cell(meaning)} |`,
    ),
  ].join('\n');

const typeText = ({ plain, part, list: many }) => {
  const one = part ? `[${part}](#${part.toLowerCase()})` : plain;
  return many ? `list of ${one}` : one;
};

const heardBy = ({ audience }, up = '../') =>
  audience.services.map((service) => `[${service}](${up}services/${service}/README.md)`).join(', ') || '–';

/** The program of the introduction, as it is compiled and tested. */
const subscriber = () => readFileSync(path.join(root, 'libs/event-bus/src/testing/subscriber.ts'), 'utf8').trim();

const code = (language, text) => `\`\`\`${language}\n${text}\n\`\`\``;
const list = (items) => items.join(' · ');
const cell = (text) => text.replaceAll('|', '\\|');
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const firstSentence = (text) => /^.*?[.;](?=\s|$)/.exec(text)?.[0].replace(/;$/, '.') ?? text;
