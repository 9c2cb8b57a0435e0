// Carries the person on: to AWS, or to what they confirmed for; without script they press the button themselves.
"use strict";
document.querySelector("form[data-handoff], form[data-go-on]")?.requestSubmit();
