// Starts GOV.UK Frontend's components where a browser runs scripts. No page needs it.
import { initAll } from "./vendor/govuk/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
