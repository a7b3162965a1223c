// Send the form with progress. Without this script the browser sends it itself, and everything else is the same.
"use strict";

const form = document.getElementById("upload");
const bar = form.querySelector("progress");
const text = form.querySelector("output");

form.addEventListener("submit", event => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", step => {
    bar.value = step.loaded / step.total;
    text.value = `${Math.floor(100 * bar.value)} %`;
  });
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => fail("The upload was cut off."));
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(new FormData(form));
  form.querySelector("button").disabled = true;
  bar.hidden = false;
});

function finish(request) {
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // A proxy in between may answer with a page of its own.
  }
  if (request.status === 201) {
    location.assign(answer.next);
  } else {
    fail(answer.error || `The server answered ${request.status}.`);
  }
}

function fail(reason) {
  form.querySelector("button").disabled = false;
  bar.hidden = true;
  text.value = reason;
}
