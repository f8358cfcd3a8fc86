#include <espalier/ops/internal/instruction_set.h>

namespace espalier {

InstructionSet best_instruction_set() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return InstructionSet::kAVX512;
  }
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has_avx2 ? InstructionSet::kAVX2 : InstructionSet::kSSE2;
}

}  // namespace espalier
