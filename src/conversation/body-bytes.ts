import { Names, unsure, type JsonBytes } from '../base/json-bytes.js';
import { media, participantBody, text, wholeNumber, type ConversationBody, type Leg, type Legs, type ParticipantBody } from './body.js';
import { usualTexts } from './snapshot.js';

/** A conversation's body that was read from its bytes. */
export class BytesBody implements ConversationBody {
  id = '';
  participants: readonly ParticipantBody[] = [];
  version: number | undefined;
  etag: string | undefined;
  endTime: string | undefined;
}

const bodyNames = new Names(['id', 'participants', 'version', 'etag', 'endTime']);
const texts = [
  'id',
  'purpose',
  'state',
  'userId',
  'queueId',
  'address',
  'ani',
  'dnis',
  'startTime',
  'connectedTime',
  'endTime',
  'etag',
] as const;
const participantNames = new Names([...texts, 'user', 'queue', 'attributes', 'version', ...media]);
const legNames = new Names(['state', 'connectedTime', 'disconnectedTime']);
const idName = new Names(['id']);

/** Texts that stand in nearly every body: not made again each time. */
const usual = new Names(usualTexts);

/**
 * Reads what `normaliseConversation` would find in a body, without making the body; of a member that comes twice, the last
 * counts. Throws `unsure` where there is no conversation in it, or anything that no body is known to have.
 */
export function readBody(json: JsonBytes): BytesBody {
  const body = new BytesBody();
  let participants: ParticipantBody[] | undefined;
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    const name = json.name(bodyNames);
    switch (name) {
      case 'id':
        body.id = json.text() ?? '';
        break;
      case 'etag':
      case 'endTime':
        body[name] = text(json.text());
        break;
      case 'version':
        body.version = wholeNumber(json.number());
        break;
      case 'participants':
        participants = readParticipants(json);
        break;
      default:
        json.pass();
    }
  }
  if (participants === undefined || body.id === '') throw unsure;
  body.participants = participants;
  return body;
}

function readParticipants(json: JsonBytes): ParticipantBody[] {
  const participants: ParticipantBody[] = [];
  for (let more = json.intoArray(); more; more = json.hasElement()) participants.push(readParticipant(json));
  return participants;
}

function readParticipant(json: JsonBytes): ParticipantBody {
  const told = participantBody();
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    const name = json.name(participantNames);
    switch (name) {
      case undefined:
        json.pass();
        break;
      case 'purpose':
      case 'state':
        told[name] = text(json.text(usual));
        break;
      case 'id':
      case 'userId':
      case 'queueId':
      case 'address':
      case 'ani':
      case 'dnis':
      case 'startTime':
      case 'connectedTime':
      case 'endTime':
      case 'etag':
        told[name] = text(json.text());
        break;
      case 'user':
      case 'queue':
        told[name] = readId(json);
        break;
      case 'attributes':
        told.attributes = readAttributes(json);
        break;
      case 'version':
        told.version = wholeNumber(json.number());
        break;
      default:
        // once is what it comes
        if (told.legs.some((list) => list.media === name)) throw unsure;
        if (json.comes('array')) told.legs = [...told.legs, readLegs(name, json)];
        else json.pass();
    }
  }
  return told;
}

function readId(json: JsonBytes): string | undefined {
  if (!json.comes('object')) {
    json.pass();
    return undefined;
  }
  let id: string | undefined;
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    if (json.name(idName) === 'id') id = text(json.text());
    else json.pass();
  }
  return id;
}

/** Undefined for what is no object. */
function readAttributes(json: JsonBytes): Record<string, string> | undefined {
  if (!json.comes('object')) {
    json.pass();
    return undefined;
  }
  const attributes: Record<string, string> = {};
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    const key = json.anyName();
    if (key === '__proto__' || !json.comes('text')) throw unsure;
    attributes[key] = json.text() ?? '';
  }
  return attributes;
}

function readLegs(name: string, json: JsonBytes): Legs {
  const legs: Leg[] = [];
  for (let more = json.intoArray(); more; more = json.hasElement()) legs.push(readLeg(json));
  return { media: name, count: legs.length, legs };
}

function readLeg(json: JsonBytes): Leg {
  const leg: Leg = { state: undefined, connectedTime: undefined, disconnectedTime: undefined };
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    const name = json.name(legNames);
    if (name === undefined) json.pass();
    else leg[name] = text(json.text(usual));
  }
  return leg;
}
