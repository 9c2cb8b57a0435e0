// This page came by POST and is kept nowhere. Its address becomes that of the role's page, so that Reload and Back
// lead there instead of to the browser's question whether the form shall be sent again.
"use strict";
history.replaceState(null, "", document.querySelector("[data-afterwards]").dataset.afterwards);
