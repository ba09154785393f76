package server

// Logged is the registry that New wires.
var Logged = logged
