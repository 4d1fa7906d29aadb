// Captures of kernels on their way in, and what their replay has to say, as JSON text of the shapes in web/src/engine.ts.
//
// A drop comes file by file and each in portions, because a trace is as large as all the rest of the page together:
// begin_file, add for each portion, then take for all of them. A file that could not be read to its end is taken back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "play/lock_step.h"

namespace mmscope {

class Captures {
public:
    void begin_file(std::string_view name) { drop_.push_back({std::string(name), {}}); }
    void add(std::string_view bytes) { drop_.back().text += bytes; }
    void take_back_file() { drop_.pop_back(); }
    std::string take();  // what each file is: ["trace","none"]

    LockStep& lock_step() { return lock_step_; }
    std::string status() const;

private:
    std::vector<CaptureFile> drop_;
    LockStep lock_step_;
};

}  // namespace mmscope
