// Text typed in the panel waits a moment before it becomes a change; saving must not overtake it.
import { debounce } from 'min-dash';

const WAIT_MS = 300;
const waiting = new Set();

/** Takes the place of the panel's own debounce: the same, but it can be flushed. */
export function patient(change) {
  const later = debounce((...given) => {
    waiting.delete(later);
    change(...given);
  }, WAIT_MS);
  const ask = (...given) => {
    waiting.add(later);
    later(...given);
  };
  ask.flush = () => later.flush?.();
  ask.cancel = () => {
    waiting.delete(later);
    later.cancel?.();
  };
  return ask;
}

/** Turn everything typed into changes now. */
export function settleTyping() {
  for (const later of [...waiting]) later.flush();
  waiting.clear();
}
