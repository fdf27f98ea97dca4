/* Go to: finds names, not text. A box on the overview, and hits above those of the theme's search. Without this script the pages and the theme's search do. */
(function () {
  const parts = text => text.split(/[\s./_:-]+/).filter(Boolean)

  /* 1 the whole name, 2 its plural, a part of a path or the host before its first dot, 3 the beginning, 4 all parts in order, 5 inside, 6 in what is said of it. */
  function rank(query, name, detail) {
    if (name === query) return 1
    if (name === `${query}s` || [...name.split("/"), name.split(".")[0]].includes(query)) return 2
    if (name.startsWith(query)) return 3
    const own = parts(name)
    let at = 0
    if (parts(query).every(part => {
      while (at < own.length && !own[at].startsWith(part)) at++
      return at++ < own.length
    })) return 4
    if (name.includes(query)) return 5
    return query.split(/\s+/).every(word => detail.includes(word) || name.includes(word)) ? 6 : 0
  }

  /* Hits, best first: one for each name, with all that has it, its layer first, or its component if the sentence asks for a version. `whole` is the sentence that this is a part of. Clusters that are typed beside a name say which page of it. */
  function search(index, typed, whole) {
    const words = typed.trim().toLowerCase().replace(/^\$\{(.*)\}$/, "$1").split(/\s+/)
    const on = words.filter(word => index.clusters.includes(word))
    const query = words.filter(word => !on.includes(word) || !words[on.length]).join(" ")
    const hits = new Map()
    if (!query) return []
    /* The index has the kinds in their order, and the names of each in that of the alphabet. */
    for (const record of index.names) {
      const name = record[0].toLowerCase()
      const found = rank(query, name, [record[4], words[1] && index.kinds[record[1]]].join(" ").toLowerCase())
      if (!found) continue
      const hit = hits.get(name) || { name: record[0], rank: 9, kind: record[1], records: [], on }
      hits.set(name, hit)
      hit.records.push(record)
      hit.rank = Math.min(hit.rank, found)
    }
    /* Of a sentence: a word that is the name of a thing, else a phrase, else the word that is most of a name. */
    if (!hits.size && !whole) {
      const words = query.split(" ")
      let least = 9, best = []
      for (const at of words.keys()) for (let end = words.length; end > at; end--) {
        const found = search(index, words.slice(at, end).join(" "), query)
        if (!found[0]) continue
        const { rank, kind } = found[0]
        const weight = end > at + 1 ? (rank < 3 ? 1 : 9) : rank > 1 ? (words[at][2] ? rank + 1 : 9) : kind < index.kinds.indexOf("page") ? 0 : 2
        if (weight < least) [least, best] = [weight, found]
      }
      return best.map(hit => ({ ...hit, on }))
    }
    const first = /version|chart|release/.test(whole) ? "component" : "layer"
    const order = record => index.kinds[record[1]] === first ? -1 : record[1]
    for (const hit of hits.values()) hit.records.sort((a, b) => order(a) - order(b))
    return [...hits.values()].sort((a, b) => a.rank - b.rank || a.kind - b.kind || a.name.length - b.name.length).slice(0, 8)
  }

  const path = (index, record) => (index.places[record[2]] + (record[3] || "")).replaceAll("~", record[0])

  /* The clusters of a layer or component, with their pages; those in `on` first. */
  function clusters(index, record, on = []) {
    const place = path(index, record).replace(/^components\//, "releases/")
    const bits = BigInt(`0x${record[5] || 0}`)
    return index.clusters.filter((name, number) => bits >> BigInt(number) & 1n).map(name => [name, `${index.root}clusters/${name}/${place}${index.end}`]).sort(([a], [b]) => on.includes(b) - on.includes(a))
  }

  /* The page of a record: on the first of the clusters in `on` that has it, else the one about all. */
  function address(index, record, on = []) {
    const [first] = clusters(index, record, on)
    if (first && on.includes(first[0])) return first[1]
    const [place, anchor] = path(index, record).split("#")
    return (place.startsWith("/") ? place.slice(1) : index.root + place) + index.end + (anchor ? `#${anchor}` : "")
  }

  if (typeof document === "undefined") return module.exports = { search, address, clusters }

  const base = new URL("..", document.currentScript.src)
  let loading
  const load = () => loading ||= fetch(new URL("gitops/names.json", base)).then(answer => answer.json())

  const make = (name, ...inside) => {
    const made = document.createElement(name)
    made.append(...inside)
    return made
  }
  /* Enter in the theme's search opens the link that has the highest score inside. */
  const link = (href, text, mdScore = 1e9) => {
    const inside = make("span", text)
    Object.assign(inside.dataset, { mdScore })
    return Object.assign(make("a", inside), { href: new URL(href, base) })
  }

  function show(list, index, typed) {
    const hits = search(index, typed)
    list.replaceChildren(...hits.map(hit => {
      const item = make("li")
      let line
      hit.records.slice(0, 4).forEach((record, number) => {
        const on = clusters(index, record, hit.on)
        const kind = index.kinds[record[1]] + (on.length ? ` on ${on.length} clusters` : "")
        if (line && !on.length) line.append(" · ")
        else item.append(line = make("div"))
        line.append(link(address(index, record, hit.on), number ? kind : record[0]), " ", make("small", `${number ? "" : kind} ${record[4] || ""}`))
        if (on.length) line.append(make("small", " ", ...on.slice(0, 4).flatMap(([name, href]) => [link(href, name), " "]), on.length > 4 ? `+${on.length - 4}` : ""))
      })
      return item
    }))
    const query = encodeURIComponent(typed.trim())
    if (query && !hits.length) {
      list.append(make("li", `No name starts with “${typed.trim()}”. `, link(`?q=${query}`, "Search the text of all pages", 0), ", or ", link(`${index.root}lookup${index.end}?objects=${query}`, "look up an object in Git", 0), "."))
    }
    return hits
  }

  function mount(input, list, form) {
    const update = () => load().then(index => show(list, index, input.value)).catch(() => [])
    input.addEventListener("focus", load, { once: true })
    input.addEventListener("input", update)
    form?.addEventListener("submit", event => {
      event.preventDefault()
      update().then(() => list.querySelector("a")?.click())
    })
    if (input.value) update()
  }

  function start() {
    const form = document.querySelector("form[data-gitops-goto]")
    if (form?.hidden) {
      form.hidden = false
      mount(form.querySelector("input"), form.querySelector("ul"), form)
    }
    const theme = document.querySelector(".md-search__input")
    const result = document.querySelector(".md-search-result")
    /* Material's search is a dialog without a name. */
    Object.assign(theme?.closest("[role=dialog]") || {}, { ariaLabel: "Search" })
    if (result && !result.querySelector("ul")) {
      const list = Object.assign(make("ul"), { className: "gitops-goto-hits", ariaLabel: "Names" })
      result.prepend(list)
      mount(theme, list)
    }
  }
  gitopsStart(start)
})()
