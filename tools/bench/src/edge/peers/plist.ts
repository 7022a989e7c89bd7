import { parse } from 'plist';
import { ACKNOWLEDGEMENT, UPDATES } from '../documents.js';
import { reading } from '../parse.js';

const read = (body: Buffer): void => void parse(body.toString());

export const openAcknowledgement = reading(ACKNOWLEDGEMENT, read);
export const openUpdates = reading(UPDATES, read);
