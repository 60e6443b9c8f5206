((js, wasm) => {
  if (!document.querySelector("leptos-island")) return;
  const wake = async (mod, node) => {
    if (node.localName === "leptos-island") {
      const island = mod[node.dataset.component];
      if (island) await island(node);
      else console.warn(`Could not find WASM function for the island ${node.dataset.component}.`);
    }
    for (const child of node.children) await wake(mod, child);
  };
  import(js).then(async (mod) => {
    await mod.default({ module_or_path: wasm });
    mod.hydrate();
    await wake(mod, document.body);
    document.documentElement.dataset.awake = "";
  });
})
