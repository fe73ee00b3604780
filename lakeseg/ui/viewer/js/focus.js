// What the camera frames: the whole lake, or what Python asks for. A new wish is granted once; then the camera is the user's.

export class Focus {
  constructor(viewer) {
    this.viewer = viewer;
  }

  // Python has sent a scene of the lake `identity`.
  follow(identity) {
    const { scene, memory } = this.viewer;
    const of = JSON.stringify([identity, scene.focus, scene.region?.name]);
    if (memory.focus.of !== of) Object.assign(memory.focus, { of, wanted: scene.focus });
  }

  // The panels have their size: grant what is wished.
  settle() {
    if (this.viewer.memory.focus.wanted) this.frame();
  }

  frame() {
    const { camera, view, scene, memory } = this.viewer;
    Object.assign(memory.focus, { wanted: null, framed: true });
    camera.frame(view, scene.focus);
  }

  whole() {
    this.viewer.memory.focus.framed = false;
    this.viewer.camera.reset();
    this.viewer.ask("picture");
  }

  // The whole lake; or the region, where there is one and it is not framed.
  toggle() {
    const { scene, memory } = this.viewer;
    if (!scene?.focus || memory.focus.framed) this.whole();
    else {
      this.frame();
      this.viewer.ask("picture");
    }
  }
}
