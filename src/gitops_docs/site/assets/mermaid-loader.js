/* Draws diagrams with the site's own copy of Mermaid, loaded when a page has one. Material asks for a global `mermaid` before it would
   fetch the library from elsewhere, and finds this; on other themes the blocks are drawn from here. */
(function () {
  "use strict"
  if (typeof mermaid !== "undefined" && !(mermaid instanceof Element)) return
  const library = new URL("mermaid.min.js", document.currentScript.src).href
  const limits = { startOnLoad: false, maxEdges: 2000, maxTextSize: 500000 }
  let settings = { ...limits }
  let loading

  function load() {
    loading ||= new Promise((resolve, reject) => {
      const script = document.createElement("script")
      script.src = library
      script.onload = () => { window.mermaid.initialize(settings); resolve(window.mermaid) }
      script.onerror = () => { loading = undefined; reject(new Error(`cannot load ${library}`)) }
      document.head.append(script)
    })
    return loading
  }

  window.mermaid = {
    initialize(given) { settings = { ...given, ...limits } },
    async render(id, text, container) { return (await load()).render(id, text, container) },
    async parse(text, options) { return (await load()).parse(text, options) },
  }

  if (document.querySelector(".md-container")) return
  let number = 0
  async function draw(code) {
    const block = code.parentElement
    const dark = matchMedia("(prefers-color-scheme: dark)").matches && getComputedStyle(document.documentElement).colorScheme.includes("dark")
    settings = { ...limits, theme: dark ? "dark" : "default" }
    try {
      const { svg, bindFunctions } = await window.mermaid.render(`gitops-diagram-${number++}`, code.textContent)
      const figure = document.createElement("div")
      figure.className = "mermaid"
      figure.innerHTML = svg
      block.replaceWith(figure)
      bindFunctions && bindFunctions(figure)
    } catch (error) {
      console.error(error)
    }
  }
  function start() { document.querySelectorAll("pre > code.language-mermaid").forEach(draw) }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
