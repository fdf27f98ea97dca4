/* Go to: finds names, not text. A box on the overview, and hits above those of the theme's search. Without this script the pages and the theme's search do. */
(function () {
  "use strict"
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

  /* The names of the clusters of a record. */
  function where(index, record) {
    const bits = BigInt(`0x${record[5] || 0}`)
    return index.clusters.filter((name, number) => bits >> BigInt(number) & 1n)
  }

  /* Hits, best first: one for each name, with all that has it. `part` is a part of a sentence. */
  function search(index, typed, part) {
    const query = typed.trim().toLowerCase().replace(/^\$\{(.*)\}$/, "$1")
    const hits = new Map()
    if (!query) return []
    for (const record of index.names) {
      const name = record[0].toLowerCase()
      const found = rank(query, name, (record[4] || "").toLowerCase()) || (query.includes(" ") && rank(query, name, [index.kinds[record[1]], record[4], ...where(index, record)].join(" ").toLowerCase()))
      if (!found) continue
      const hit = hits.get(name) || { name: record[0], rank: 9, kind: 99, records: [] }
      hits.set(name, hit)
      hit.records.push(record)
      hit.rank = Math.min(hit.rank, found)
      hit.kind = Math.min(hit.kind, record[1])
    }
    /* Of a sentence: a word that is the name of a thing, else a phrase, else the word that is most of a name. */
    if (!hits.size && !part) {
      const words = query.split(/\s+/)
      let least = 9, best = []
      for (const at of words.keys()) for (let end = words.length; end > at; end--) {
        const found = search(index, words.slice(at, end).join(" "), true)
        if (!found[0]) continue
        const { rank, kind } = found[0]
        const weight = end > at + 1 ? (rank < 3 ? 1 : 9) : rank > 1 ? (words[at][2] ? rank + 1 : 9) : kind < index.kinds.indexOf("page") ? 0 : 2
        if (weight < least) [least, best] = [weight, found]
      }
      return best
    }
    return [...hits.values()].sort((a, b) => a.rank - b.rank || a.kind - b.kind || a.name.length - b.name.length || (a.name < b.name ? -1 : 1)).slice(0, 8)
  }

  const path = (index, record) => (index.places[record[2]] + (record[3] || "")).replaceAll("~", record[0])
  const address = (index, record) => {
    const [place, anchor] = path(index, record).split("#")
    return `${place.startsWith("/") ? place.slice(1) : index.root + place}${index.end}${anchor ? `#${anchor}` : ""}`
  }

  /* The clusters of a layer or component, with their pages. */
  function clusters(index, record) {
    const place = path(index, record).replace(/^components\//, "releases/")
    return where(index, record).map(name => [name, `${index.root}clusters/${name}/${place}${index.end}`])
  }

  if (typeof document === "undefined") return module.exports = { search, address, clusters }

  const base = new URL("..", document.currentScript.src)
  let loading
  const load = () => loading = loading || fetch(new URL("gitops/names.json", base)).then(answer => answer.json())

  const make = (name, ...inside) => {
    const made = document.createElement(name)
    made.append(...inside)
    return made
  }
  const link = (href, text) => Object.assign(make("a", text), { href: new URL(href, base) })
  const small = (...inside) => make("small", ...inside)

  function show(list, index, typed) {
    const hits = search(index, typed)
    list.replaceChildren(...hits.map(hit => {
      const item = make("li")
      let line = ""
      hit.records.sort((a, b) => a[1] - b[1]).slice(0, 4).forEach((record, number) => {
        const on = clusters(index, record)
        const kind = `${index.kinds[record[1]]}${on.length ? ` on ${on.length} clusters` : ""}`
        item.append(number ? " · " : "", link(address(index, record), number ? kind : record[0]))
        item.append(" ", small(number ? record[4] || "" : `${kind} ${record[4] || ""}`))
        if (!number && on.length) {
          line = small("clusters: ", ...on.slice(0, 4).flatMap(([name, href]) => [link(href, name), " "]), on.length > 4 ? `+${on.length - 4}` : "")
          line.className = "gitops-goto-clusters"
        }
      })
      item.append(line)
      return item
    }))
    const words = typed.trim()
    if (!hits.length && words) {
      const query = encodeURIComponent(words)
      list.append(make("li", `No name starts with “${words}”. `, link(`?q=${query}`, "Search the text of all pages"), ", or ", link(`${index.root}lookup${index.end}?objects=${query}`, "look up an object in Git"), "."))
    }
    return hits
  }

  function mount(input, list, form) {
    const update = () => load().then(index => show(list, index, input.value)).catch(() => [])
    input.addEventListener("focus", load, { once: true })
    input.addEventListener("input", update)
    if (form) form.addEventListener("submit", event => {
      event.preventDefault()
      update().then(() => { const first = list.querySelector("a"); if (first) location.href = first.href })
    })
    if (input.value) update()
  }

  function start() {
    const form = document.querySelector("form[data-gitops-goto]")
    if (form && form.hidden) {
      form.hidden = false
      mount(form.querySelector("input"), form.querySelector("ul"), form)
    }
    const theme = document.querySelector("[data-md-component=search-query]")
    const result = document.querySelector(".md-search-result")
    if (theme && result && !result.querySelector(".gitops-goto-hits")) {
      const list = Object.assign(make("ul"), { className: "gitops-goto-hits", ariaLabel: "Names" })
      result.prepend(list)
      mount(theme, list)
    }
  }
  self.document$ ? document$.subscribe(start) : addEventListener("DOMContentLoaded", start)
})()
