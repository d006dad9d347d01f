export interface PodDetail { x: number }
