#define ESPALIER_ARCH xsimd::fma3<xsimd::avx2>
#include <espalier/ops/kernels_body.h>

namespace espalier {

extern const Kernels kernels_avx2;
const Kernels kernels_avx2 = table("avx2");

}  // namespace espalier
