/* Fill the labels of an alert in, from the address of its page (?namespace=apps&pod=podinfo-0, as an alert's link gives them)
   and from the fields above the commands. Only names and addresses are taken. Without this script each place reads <namespace>. */
{
  const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:/]{0,251}[A-Za-z0-9])?$/
  const ALSO = { pod: ["pod_name"], node: ["nodename", "kubernetes_node"], job_name: ["exported_job"], persistentvolumeclaim: ["pvc"], horizontalpodautoscaler: ["hpa"] }

  /* Prometheus calls the label of an object exported_x where x is that of its exporter; others are names of the same thing. */
  function names(label) {
    const name = label.replace(/^exported_/, "")
    return [`exported_${name}`, name, ...(Object.hasOwn(ALSO, name) ? ALSO[name] : [])]
  }

  function value(given, label) {
    for (const name of names(label)) {
      const found = given.get(name)
      if (found && NAME.test(found)) return found
    }
    return ""
  }

  function fill(given) {
    const filled = new Map()
    for (const slot of document.querySelectorAll("[data-gitops-slot]")) {
      const label = slot.dataset.gitopsSlot
      const found = value(given, label)
      slot.textContent = found || `<${label}>`
      slot.classList.toggle("gitops-slot--filled", !!found)
      if (found) filled.set(label, found)
    }
    const note = document.querySelector("[data-gitops-filled]")
    if (note && filled.size) note.textContent = `Filled in: ${Array.from(filled, pair => pair.join(" ")).join(", ")}`
  }

  function start() {
    const box = document.querySelector("[data-gitops-fill]")
    if (!box) return
    const address = new URL(location.href)
    const given = address.searchParams
    fill(given)
    const form = box.querySelector("form.gitops-fill")
    if (!form) return
    form.hidden = false
    for (const field of form.querySelectorAll("input")) {
      field.value = value(given, field.name)
      field.addEventListener("input", () => {
        const valid = field.value === "" || NAME.test(field.value)
        field.ariaInvalid = !valid
        for (const name of names(field.name)) given.delete(name)
        if (field.value && valid) given.set(field.name, field.value)
        history.replaceState(history.state, "", address)
        fill(given)
      })
    }
    form.addEventListener("submit", event => event.preventDefault())
  }

  gitopsStart(start)
}
