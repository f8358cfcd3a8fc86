#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
///
/// Threads: any number may ask one module at once, each under NoRecording, from its very first
/// answer on; layers pack their weights under a lock, once. One alone may record and run backward,
/// change parameters or load them, while nobody asks.
class Module {
 public:
  std::span<const NamedParameter> parameters() const { return parameters_; }

  /// Throws OptionError, listing the names there are, if there is no such parameter.
  const Variable& parameter(std::string_view name) const;

  /// Numbers to be trained.
  std::size_t num_parameters() const;

  void clear_gradients() const;

  /// Does now what the first answers would wait for: packs the weights for inference and makes the
  /// primitives of their products. For servers; call it again once parameters have changed.
  void warm_up() const;

 protected:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  ~Module() = default;

  Variable add_parameter(std::string name, Tensor value);
  /// What warm_up() does. It outlives the module's moves, so it must not hold `this`.
  void add_warm_up(std::function<void()> warm_up) { warm_ups_.push_back(std::move(warm_up)); }
  /// Lists the parameters of a part as "<name>.<parameter>"; call it once the part is complete.
  /// warm_up() then reaches the part too.
  void add_module(const std::string& name, const Module& part);
  /// The same as "<parameter><ending>": "weight_ih_l0", say, in a stack of layers.
  void add_module_with_ending(const std::string& ending, const Module& part);

 private:
  std::vector<NamedParameter> parameters_;
  std::vector<std::function<void()>> warm_ups_;
};

}  // namespace espalier
