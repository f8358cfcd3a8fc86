#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/ops/variable.h>

namespace espalier {

/// A trainable tensor and what it is called: "lstm.weight_ih", say.
struct NamedParameter {
  std::string name;
  Variable variable;
};

/// Anything with parameters. A module lists its own and those of its parts, in a fixed order and
/// under fixed names, so that optimisers, checkpoints and gradient checks need to know no more.
///
/// Movable, not copyable: two modules never share parameters by accident.
class Module {
 public:
  std::span<const NamedParameter> parameters() const { return parameters_; }

  /// Throws OptionError, listing the names there are, if there is no such parameter.
  const Variable& parameter(std::string_view name) const;

  /// Numbers to be trained.
  std::size_t num_parameters() const;

  void clear_gradients() const;

 protected:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  ~Module() = default;

  Variable add_parameter(std::string name, Tensor value);
  /// Lists the parameters of a part as "<name>.<parameter>"; call it once the part is complete.
  void add_module(const std::string& name, const Module& part);
  /// The same as "<parameter><ending>": "weight_ih_l0", say, in a stack of layers.
  void add_module_with_ending(const std::string& ending, const Module& part);

 private:
  std::vector<NamedParameter> parameters_;
};

}  // namespace espalier
