#include <espalier/ops/platform.h>

#include <dnnl.h>

#include <espalier/base/error.h>
#include <espalier/ops/kernels.h>

namespace espalier {

const Platform& platform() {
  static const Platform here = [] {
    const dnnl_version_t* const dnnl = dnnl_version();
    return Platform{
        .library = message("espalier " ESPALIER_VERSION ", oneDNN ", dnnl->major, '.', dnnl->minor,
                           '.', dnnl->patch),
        .instruction_set = message(kernels().instruction_set, ", oneDNN isa ",
                                   static_cast<unsigned>(dnnl_get_effective_cpu_isa()))};
  }();
  return here;
}

}  // namespace espalier
