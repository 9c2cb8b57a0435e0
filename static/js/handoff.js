// Carries the person on to AWS; without script they press the button themselves.
"use strict";
document.querySelector("form[data-handoff]")?.requestSubmit();
