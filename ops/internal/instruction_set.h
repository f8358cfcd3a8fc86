#pragma once

namespace espalier {

/// The instruction sets that kernels are compiled for, each one including those before it.
enum class InstructionSet {
  kSSE2,    ///< Every x86-64 has it.
  kAVX2,    ///< With FMA.
  kAVX512,  ///< F, DQ and BW.
};

/// The last one that this machine has.
InstructionSet best_instruction_set();

}  // namespace espalier
