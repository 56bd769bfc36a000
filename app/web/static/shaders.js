/** @file The programs which the graphics card runs. Colours are linear until the last line of each. */

const ENCODE = `
vec3 encode(vec3 linear) {
  vec3 color = clamp(linear, 0.0, 1.0);
  return mix(12.92 * color, 1.055 * pow(color, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, color));
}`;

/** Where each attribute is bound, in every program. */
export const ATTRIBUTES = { position: 0, normal: 1, uv: 2, color: 3 };

/** The model. `toEye` points from the model to the camera and carries the headlight. */
export const SURFACE = {
  vertex: `#version 300 es
in vec3 position;
in vec3 normal;
in vec2 uv;
in vec4 color;
uniform mat4 viewProjection;
out vec3 worldPosition;
out vec3 worldNormal;
out vec2 textureUv;
out vec4 vertexColor;
void main() {
  worldPosition = position;
  worldNormal = normal;
  textureUv = uv;
  vertexColor = color;
  gl_Position = viewProjection * vec4(position, 1.0);
}`,
  fragment: `#version 300 es
precision highp float;
in vec3 worldPosition;
in vec3 worldNormal;
in vec2 textureUv;
in vec4 vertexColor;
uniform vec4 baseColor;
uniform sampler2D image;
uniform bool lit;
uniform bool hasNormals;
uniform float cutoff;
uniform bool opaque;
uniform vec3 eye;
out vec4 pixel;
${ENCODE}
float light() {
  vec3 toEye = normalize(eye - worldPosition);
  vec3 facet = cross(dFdx(worldPosition), dFdy(worldPosition));
  vec3 n = normalize(hasNormals ? worldNormal : facet);
  n = dot(n, toEye) < 0.0 ? -n : n;
  float sky = 0.5 + 0.5 * n.y;
  float key = max(dot(n, normalize(toEye + vec3(0.35, 0.7, 0.2))), 0.0);
  return 0.22 + 0.28 * sky + 0.62 * key;
}
void main() {
  vec4 surface = baseColor * vertexColor * texture(image, textureUv);
  if (surface.a < cutoff) discard;
  float alpha = opaque ? 1.0 : surface.a;
  pixel = vec4(encode(surface.rgb * (lit ? light() : 1.0)) * alpha, alpha);
}`,
};

/** The soft shadow under the model: a disc that fades out, and is not there when seen from below. */
export const SHADOW = {
  vertex: `#version 300 es
in vec3 position;
uniform mat4 viewProjection;
uniform vec3 centre;
uniform vec2 radii;
out vec2 place;
void main() {
  place = position.xz;
  gl_Position = viewProjection * vec4(centre + vec3(position.x * radii.x, 0.0, position.z * radii.y), 1.0);
}`,
  fragment: `#version 300 es
precision highp float;
in vec2 place;
uniform float strength;
out vec4 pixel;
void main() {
  float fade = clamp(1.0 - length(place), 0.0, 1.0);
  pixel = vec4(0.0, 0.0, 0.0, strength * fade * fade * (3.0 - 2.0 * fade));
}`,
};

/**
 * Compiles and links a program.
 *
 * @param {WebGL2RenderingContext} gl
 * @param {{vertex: string, fragment: string}} source
 * @returns {{program: WebGLProgram, uniforms: Object<string, WebGLUniformLocation>}}
 */
export function link(gl, source) {
  const program = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, source.vertex], [gl.FRAGMENT_SHADER, source.fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  for (const [name, place] of Object.entries(ATTRIBUTES)) gl.bindAttribLocation(program, place, name);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The graphics program does not link: ${gl.getProgramInfoLog(program)}`);
  }
  const uniforms = {};
  for (let i = 0; i < (gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) ?? 0); i += 1) {
    const { name } = gl.getActiveUniform(program, i);
    uniforms[name] = gl.getUniformLocation(program, name);
  }
  return { program, uniforms };
}
