// Every page loads this. Everything in it is a convenience: each page works without it.
import './designsystem.css';
import './app.css';
import './coordination.css';
import './deadlines.css';
import './calendar.css';
import './security.css';
import './tables/reading.css';
import { watchDrafts } from './app/drafts.js';
import { watchDrops } from './app/drops.js';
import { focusWhatMatters } from './app/focus.js';
import { watchLiveForms } from './app/live.js';
import { watchReveals } from './app/reveal.js';
import { watchQuickExit } from './app/quick-exit.js';
import { watchSubmissions } from './app/once.js';

document.documentElement.dataset.script = 'on';
watchSubmissions();
watchDrafts();
watchDrops();
watchLiveForms();
watchReveals();
watchQuickExit();
focusWhatMatters();
