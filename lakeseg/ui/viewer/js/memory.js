// What outlives a remount of the component.

export function newMemory() {
  return {
    camera: { x: 0.5, y: 0.5, zoom: 1 }, identity: "", serial: null, marked: null, clicks: 0, present: false,
    overlay: { key: "", style: "outline", opacity: 1 },
    swipe: { on: false, left: "", right: "", split: 0.5 },
    focus: { of: "", wanted: null, framed: false },
    drawing: { of: "", tool: "", mask: null },
  };
}
