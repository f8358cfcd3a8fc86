#include <espalier/apps/systems/data_set.h>

#include <cstdlib>
#include <system_error>

#include <espalier/apps/command.h>
#include <espalier/base/error.h>

namespace espalier::apps {

std::filesystem::path data_folder(const DataSetInfo& info, const std::filesystem::path& given) {
  if (info.files.empty()) return {};
  std::filesystem::path root = given;
  if (const char* const variable = std::getenv("ESPALIER_DATA"); root.empty() && variable) {
    root = variable;
  }
  if (root.empty()) {
    throw UsageError(message("the data set ", info.name, " needs its files (", info.files,
                             "): give their folder with --data DIR, or set ESPALIER_DATA to a ",
                             "folder that has them in a subfolder ", info.folder));
  }
  for (std::filesystem::path folder : {root, root / info.folder}) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / info.probe, ignored)) return folder;
  }
  throw FileError(message(root.string(), ": no data set ", info.name, ", expected ", info.files,
                          ", there or in a subfolder ", info.folder));
}

}  // namespace espalier::apps
