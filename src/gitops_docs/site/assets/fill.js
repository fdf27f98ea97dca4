/* Fill the commands of an alert's page in from its address: ?namespace=apps&name=podinfo, as an alert's link gives them.
   Only what a Kubernetes name may be is taken. Without this script the commands stand there with the names that the manifests give. */
(function () {
  "use strict"
  const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

  function start() {
    const given = new URL(location.href).searchParams
    for (const box of document.querySelectorAll("[data-gitops-fill]")) {
      const filled = new Map()
      for (const slot of box.querySelectorAll("[data-gitops-slot]")) {
        const value = given.get(slot.dataset.gitopsSlot)
        if (value === null || !NAME.test(value)) continue
        slot.textContent = value
        filled.set(slot.dataset.gitopsSlot, value)
      }
      const note = box.querySelector("[data-gitops-filled]")
      if (note && filled.size) {
        note.textContent = `Filled in from the address: ${Array.from(filled, pair => pair.join(" ")).join(", ")}`
      }
    }
  }

  /* Material replaces the page without loading it (navigation.instant) and says so through document$. */
  if (typeof document$ !== "undefined") document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
