#pragma once

#include <cstddef>
#include <vector>

namespace espalier::bench {

enum class PlainCell { kLSTM, kGRU, kResetAfterGRU };

/// A recurrent layer in double precision, one number at a time: what oneDNN's layers must agree
/// with. Gates and layouts are oneDNN's: i f c o for the LSTM, u r o for the GRUs; the state of a
/// GRU is u * h + (1 - u) * o.
struct PlainRNN {
  PlainCell cell;
  std::size_t steps, batch, input, hidden;
  std::vector<double> x;     ///< [steps, batch, input]
  std::vector<double> w, u;  ///< [input, gates, hidden] and [hidden, gates, hidden]
  std::vector<double> bias;  ///< [gates, hidden]; reset-after has a fourth row, inside r * (...).

  std::size_t gates() const { return cell == PlainCell::kLSTM ? 4 : 3; }

  /// The states [steps, batch, hidden], beginning from zeros.
  std::vector<double> run() const;
};

}  // namespace espalier::bench
