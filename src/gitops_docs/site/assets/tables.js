/* Sort and filter the tables of generated pages, filter the tree of directories. What is set is kept in the address: ?<table>=<filter>&<table>-sort=<column><a|d>.
   Without this script the tables are complete and readable. */
{
  const FEW = 8
  const TALL = 5000
  const ROLES = { table: "table", tr: "row", th: "rowheader", td: "cell" }
  const make = (name, parts) => Object.assign(document.createElement(name), parts)
  const compare = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare

  const address = () => new URL(location.href)
  const asked = key => address().searchParams.get(key) || ""

  function remember(key, value) {
    const url = address()
    url.searchParams.delete(key)
    if (value) url.searchParams.set(key, value)
    history.replaceState(history.state, "", url)
  }

  /* A labelled input, and beside it how many are left, which screen readers are told. `show` gets the words and returns that. */
  function filterBar(key, title, show) {
    const bar = make("div", { className: "gitops-filter" })
    const label = make("label")
    const input = make("input", { type: "search", ariaLabel: `Filter: ${title}` })
    const left = make("output")
    label.append("Filter", input)
    bar.append(label, left)
    const apply = query => { left.textContent = show(query.toLowerCase().split(/\s+/).filter(Boolean)) }
    let timer
    input.addEventListener("input", () => {
      clearTimeout(timer)
      timer = setTimeout(() => { apply(input.value); remember(key, input.value.trim()) }, 80)
    })
    input.value = asked(key)
    apply(input.value)
    return bar
  }

  /* What a cell holds becomes a button. */
  function button(cell, act) {
    const made = make("button", { type: "button" })
    made.append(...cell.childNodes)
    cell.append(made)
    made.addEventListener("click", act)
  }

  const amount = (visible, all, noun) => visible === all ? `${all} ${noun}` : `${visible} of ${all} ${noun}`
  const plain = text => text.toLowerCase().replace(/\s+/g, " ")

  function mount(table) {
    const body = table.tBodies[0]
    const groups = []
    const rows = []
    for (const row of body.rows) {
      if (row.classList.contains("gitops-group")) groups.push(row)
      else rows.push({ row, text: plain(row.textContent), group: groups.at(-1) })
    }
    const opened = new Set()
    /* A table of many screens begins with its groups closed. */
    let folds = groups.length > 0 && table.offsetHeight > TALL
    const chosen = new Map()
    const heads = [...table.tHead.rows[0].cells]
    let typed = []
    let bar
    const mark = link => { link.ariaCurrent = chosen.get(link.dataset.n) === link.dataset.f ? "true" : null }

    /* Facets: the lists of links before the table. One of each list is chosen, none by a second click. */
    for (let list = table.closest(".gitops-scroll").previousElementSibling; list?.classList.contains("gitops-facets"); list = list.previousElementSibling) {
      for (const link of list.querySelectorAll("a[data-f]")) {
        const { f: value, n: name } = link.dataset
        if (asked(name) === value) chosen.set(name, value)
        mark(link)
        link.addEventListener("click", event => {
          event.preventDefault()
          if (chosen.get(name) === value) chosen.delete(name)
          else chosen.set(name, value)
          list.querySelectorAll("a[data-f]").forEach(mark)
          remember(name, chosen.get(name))
          const words = filter(typed)
          if (bar) bar.querySelector("output").textContent = words
        })
      }
    }

    function filter(words) {
      let visible = 0
      const narrow = words.length + chosen.size > 0
      const left = new Set()
      typed = words
      for (const { row, text, group } of rows) {
        const tags = ` ${row.dataset.f || ""} `
        const shown = words.every(word => text.includes(word)) && [...chosen.values()].every(tag => tags.includes(` ${tag} `))
        const folded = shown && folds && !narrow && !opened.has(group)
        row.hidden = !shown || folded
        row.classList.toggle("gitops-folded", folded)
        if (shown) { visible++; left.add(group) }
      }
      for (const group of groups) {
        group.hidden = !left.has(group)
        if (folds) group.querySelector("button").ariaExpanded = narrow || opened.has(group)
      }
      return visible ? amount(visible, rows.length, "rows") : "No row contains this text."
    }

    if (folds) for (const group of groups) {
      button(group.cells[0], () => { opened.delete(group) || opened.add(group); filter(typed) })
    }
    /* For links to a row or a group that is closed. */
    table.gitopsOpen = row => { opened.add(groups.includes(row) ? row : rows.find(one => one.row === row)?.group); filter(typed) }

    function sort(column, descending) {
      const key = new Map(rows.map(({ row }) => [row, row.cells[column].textContent.trim()]))
      const ordered = rows.map(({ row }) => row).sort((a, b) => compare(key.get(a), key.get(b)))
      if (descending) ordered.reverse()
      for (const group of groups.splice(0)) group.remove()
      folds = false
      filter(typed)
      body.append(...ordered)
      heads.forEach((head, index) => { head.ariaSort = index !== column ? null : descending ? "descending" : "ascending" })
    }

    if (rows.length > 1) heads.forEach((head, column) => {
      if (head.querySelector("a")) return
      button(head, () => {
        const descending = head.ariaSort === "ascending"
        sort(column, descending)
        remember(`${table.id}-sort`, `${column}${descending ? "d" : "a"}`)
      })
    })

    if (rows.length >= FEW || asked(table.id)) {
      bar = filterBar(table.id, table.caption.firstChild.textContent.trim(), filter)
      table.closest(".gitops-scroll").before(bar)
      table.querySelector(".gitops-count").hidden = true
    }
    else if (chosen.size || folds) filter([])
    if (heads.length > 2 && !table.querySelector(".gitops-low") && !table.closest("[tabindex]")) {
      table.classList.add("gitops-stacked")
      for (const { row } of rows) [...row.cells].forEach((cell, index) => { if (index) cell.dataset.head = heads[index].textContent.trim() })
      /* Boxes that are no table any more stay one for who hears them. */
      for (const part of [table, table.tHead, body, ...table.rows, ...table.querySelectorAll("th, td")]) part.role = ROLES[part.localName] || "rowgroup"
      for (const head of heads) head.role = "columnheader"
    }
    const order = /^(\d+)([ad])$/.exec(asked(`${table.id}-sort`))
    if (order && order[1] < heads.length) sort(+order[1], order[2] === "d")
  }

  /* A tree shows what matches, what is above it and what is below it; folded again when nothing is asked. */
  function mountTree(top) {
    const items = Array.from(top.querySelectorAll("li"), item => {
      const fold = item.querySelector(":scope > details")
      const own = fold ? [fold.firstElementChild, ...fold.querySelectorAll(":scope > .gitops-read")] : [item]
      return { item, fold, open: fold?.open, text: plain(own.map(part => part.textContent).join(" ")) }
    })
    const path = new Map()
    for (const { item, text } of items) path.set(item, `${path.get(item.parentElement.closest("li")) || ""} ${text}`)

    top.before(filterBar("tree", "Directories", words => {
      for (const entry of items) {
        entry.item.hidden = words.length > 0
        if (entry.fold) entry.fold.open = words.length ? false : entry.open
      }
      if (!words.length) return `${items.length} directories`
      let visible = 0
      for (const { item, text } of items) {
        if (!words.every(word => path.get(item).includes(word))) continue
        if (words.some(word => text.includes(word))) visible++
        item.hidden = false
        for (let above = item.parentElement.closest("li"); above; above = above.parentElement.closest("li")) {
          above.hidden = false
          above.querySelector(":scope > details").open = true
        }
      }
      return amount(visible, items.length, "directories")
    }))
  }

  /* A link to something that is folded opens it. */
  function unfold() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true
    const row = target?.closest("table[data-gitops-table] tr")
    if (row) {
      row.closest("table").gitopsOpen(row)
      target.scrollIntoView()
    }
  }

  /* Once for each element: a page may be announced twice. */
  function each(found, mount) {
    for (const item of document.querySelectorAll(`[data-gitops-${found}]:not([data-gitops-ready])`)) {
      item.dataset.gitopsReady = "true"
      mount(item)
    }
  }

  function start() {
    each("table", mount)
    each("tree", mountTree)
    unfold()
  }

  gitopsStart(start)
  addEventListener("hashchange", unfold)
}
