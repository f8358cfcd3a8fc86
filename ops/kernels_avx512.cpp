#define ESPALIER_ARCH xsimd::avx512bw
#include <espalier/ops/kernels_body.h>

namespace espalier {

extern const Kernels kernels_avx512;
const Kernels kernels_avx512 = table("avx512");

}  // namespace espalier
