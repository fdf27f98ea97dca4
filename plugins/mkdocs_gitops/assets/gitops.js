/* Sort and filter the tables of generated pages. What is set is kept in the address: ?<table>=<filter>&<table>-sort=<column><a|d>.
   Without this script the tables are complete and readable. */
(function () {
  "use strict"
  const FEW = 8
  const compare = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare

  function remember(key, value) {
    const url = new URL(location.href)
    if (value) url.searchParams.set(key, value)
    else url.searchParams.delete(key)
    history.replaceState(history.state, "", url)
  }

  function mount(table) {
    if (table.dataset.gitopsReady) return
    table.dataset.gitopsReady = "true"
    const body = table.tBodies[0]
    const rows = Array.from(body.rows, row => ({ row, text: row.textContent.toLowerCase().replace(/\s+/g, " ") }))
    const given = new URL(location.href).searchParams
    const count = table.querySelector("[data-gitops-count]")
    const heads = Array.from(table.tHead.rows[0].cells)

    function filter(query) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean)
      let visible = 0
      for (const { row, text } of rows) {
        const shown = words.every(word => text.includes(word))
        row.hidden = !shown
        if (shown) visible++
      }
      count.textContent = visible === rows.length ? `(${rows.length})` : `(${visible} of ${rows.length})`
    }

    function sort(column, descending) {
      const key = new Map(rows.map(({ row }) => [row, row.cells[column].textContent.trim()]))
      const ordered = rows.map(({ row }) => row).sort((a, b) => compare(key.get(a), key.get(b)))
      if (descending) ordered.reverse()
      body.append(...ordered)
      heads.forEach((head, index) => {
        if (index === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending")
        else head.removeAttribute("aria-sort")
      })
    }

    if (rows.length > 1) heads.forEach((head, column) => {
      const button = document.createElement("button")
      button.type = "button"
      button.append(...head.childNodes)
      head.append(button)
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending"
        sort(column, descending)
        remember(`${table.id}-sort`, `${column}${descending ? "d" : "a"}`)
      })
    })

    const query = given.get(table.id) || ""
    if (rows.length >= FEW || query) {
      const bar = document.createElement("div")
      bar.className = "gitops-filter"
      const input = document.createElement("input")
      input.type = "search"
      input.placeholder = "Filter"
      input.setAttribute("aria-label", `Filter: ${table.caption.firstChild.textContent.trim()}`)
      input.value = query
      bar.append(input)
      table.closest(".gitops-scroll").before(bar)
      count.setAttribute("aria-live", "polite")
      let timer
      input.addEventListener("input", () => {
        clearTimeout(timer)
        timer = setTimeout(() => { filter(input.value); remember(table.id, input.value.trim()) }, 80)
      })
      if (query) filter(query)
    }
    const order = /^(\d+)([ad])$/.exec(given.get(`${table.id}-sort`) || "")
    if (order && Number(order[1]) < heads.length) sort(Number(order[1]), order[2] === "d")
  }

  /* A link to something that is folded opens it. */
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true
  }

  function start() {
    document.querySelectorAll("table[data-gitops-table]").forEach(mount)
    unfold()
  }

  /* Material replaces the page without loading it (navigation.instant) and says so through document$. */
  if (typeof document$ !== "undefined") document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
  addEventListener("hashchange", unfold)
})()
