/* A button beside each command that copies it. Without this script the commands are plain text. */
{

  function mount(code) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "gitops-copy", title: "Copy" })
    /* The labels of an alert may be filled in later. */
    const say = () => { button.ariaLabel = `Copy: ${code.textContent}` }
    say()
    button.addEventListener("focus", say)
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent)
      } catch {
        // Without https there is no clipboard: leave the command selected.
        getSelection().selectAllChildren(code)
        return
      }
      button.dataset.copied = "true"
      button.ariaLabel = "Copied"
      setTimeout(() => { delete button.dataset.copied; say() }, 1600)
    })
    code.after(button)
  }

  function start() { document.querySelectorAll(".gitops-commands dd > code:only-child").forEach(mount) }

  gitopsStart(start)
}
