// This page came by POST and is kept nowhere. Its address becomes that of the page to go on with, so that Reload and Back
// lead there instead of to the browser's question whether the form shall be sent again: that would make a second token,
// or other recovery codes than those that were just written down.
"use strict";
history.replaceState(null, "", document.querySelector("[data-afterwards]").dataset.afterwards);
