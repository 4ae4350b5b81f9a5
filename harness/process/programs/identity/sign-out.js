/* global document */
document.querySelector('button[name=logout]').click();
