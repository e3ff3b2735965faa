// The modules whose pages are driven, one entry each. `site.panels` are the simulated panels; all functions may be async.
//   name      the module, as its folder is called
//   prepare   gets the site, makes product and order, returns the service's id
//   ready     lets the panel end what it is busy with, before each journey
//   how       sets the panel: 'well', 'down', 'slow' or 'broken' (the page cannot be had)
//   states    which of these there are besides 'well'
//   requests  everything that was asked of the panel so far, each with `reads`: whether it only looked
//   acted     what was done so far, at the panel and in our tables: the same before and after whatever is refused
//   texts     what the page shows
//   absent    what no client may ever see, in any spelling
//   hidden    label and value of a fact that shows when it is asked for; `press`: a button to be pressed before
//   csv       heading, file name and beginning of a table to take away
//   action    a button that asks first: its label, what the page says when it is done, and why it is blocked then
//   press     a button to try, where there is one, while the panel is down, and while another action runs
//   form      right and wrong values by label, the errors by label, the button, what the page says when it is saved
//   german    a text with its translation, and one without
//   remembered  what the page says while the panel is down
//   refused   what a client reads when the panel is down, in place of the failure
//   busy      what the page says while another action runs; none where the button does not wait for it
//   staff     a button of staff, what the tab tells of it then, a row of the tab
//   journeys  what only this module has, by name: journeys as in journeys.mjs, which also get its checks

import { backupserver } from './modules/backupserver.mjs';
import { onapp } from './modules/onapp.mjs';
import { sample } from './modules/sample.mjs';
import { singlehop } from './modules/singlehop.mjs';

export const modules = [backupserver, onapp, sample, singlehop];
