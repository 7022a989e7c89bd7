import { isCivilDate, isTimeOfDay, type LocalDateTime } from '@managed-os/kernel';

/** Whether a text is a wall clock's reading as Apple writes it: to the second, no zone, no offset, no fraction (trap 13). */
export const isLocalDateTime = (text: string): text is LocalDateTime =>
  text.length === 19 &&
  isCivilDate(text.slice(0, 10)) &&
  text[10] === 'T' &&
  isTimeOfDay(text.slice(11, 16)) &&
  /^:[0-5]\d$/.test(text.slice(16));
