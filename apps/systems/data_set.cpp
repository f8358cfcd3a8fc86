#include <espalier/apps/systems/data_set.h>

#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include <espalier/apps/command.h>
#include <espalier/base/error.h>
#include <espalier/datasets/internal/table_reader.h>

namespace espalier::apps {

std::filesystem::path data_folder(const DataSetInfo& info, const std::filesystem::path& given) {
  if (info.files.empty()) {
    if (given.empty()) return {};
    throw UsageError(message("--data does nothing for the data set ", info.name,
                             ", which needs no folder, expected no --data"));
  }
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
    if (std::filesystem::exists(datasets::plain_or_compressed(folder, info.probe), ignored)) {
      return folder;
    }
  }
  throw FileError(message(root.string(), ": no data set ", info.name, ", expected ", info.files,
                          ", there or in a subfolder ", info.folder));
}

void check_memory(std::size_t train_size, std::size_t bytes_each) {
  const double needed = 1.25 * static_cast<double>(train_size) * static_cast<double>(bytes_each);
  const long pages = ::sysconf(_SC_PHYS_PAGES), page_size = ::sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page_size <= 0) return;
  const double there = static_cast<double>(pages) * static_cast<double>(page_size);
  if (needed <= there) return;
  constexpr double kGB = 1e9;
  throw OutOfMemory(message("out of memory: the examples to draw take ", needed / kGB,
                            " GB at least, and the machine has ", there / kGB));
}

}  // namespace espalier::apps
