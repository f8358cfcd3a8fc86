#pragma once

namespace espalier {

/// What enters the memory cell.
enum class Candidate {
  kTanh,    ///< As in any LSTM.
  kLinear,  ///< u is not bounded, and the cell only by its gates.
};

/// What a state is made of its memory cell.
enum class CellOutput {
  kGated,    ///< h = o * tanh(c).
  kUngated,  ///< h = tanh(c); there is no output gate.
  kInside,   ///< h = tanh(o * c).
};

/// What a node reads where it has no predecessor.
enum class NullState {
  kZeros,
  kTrained,  ///< One pair h, c of each layer, for all relations; begins as N(0, 0.1).
};

/// The parameters of a layer that is a configuration of the gated cell, packed; internal.
class GatedWeights;

}  // namespace espalier
