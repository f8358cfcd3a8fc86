#define ESPALIER_ARCH xsimd::sse2
#include <espalier/ops/kernels_body.h>

namespace espalier {

extern const Kernels kernels_sse2;
const Kernels kernels_sse2 = table("sse2");

}  // namespace espalier
