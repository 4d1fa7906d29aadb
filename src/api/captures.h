// Captures of kernels on their way in, and what their replay has to say, as JSON text of the shapes in web/src/engine.ts.
//
// A drop comes file by file and each in portions, because a trace is as large as all the rest of the page together:
// begin_file, add for each portion, then take for all of them. A file that could not be read to its end is taken back, and
// so is a program's memory trace, which is known by its beginning and played elsewhere (api/capture_tlb.h). Of a kernel's
// log with reports there is an explanation instead of a replay.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/lackey.h"
#include "play/lock_step.h"

namespace mmscope {

class Captures {
public:
    void begin_file(std::string_view name) { drop_.push_back({std::string(name), {}}); }
    void add(std::string_view bytes) { drop_.back().text += bytes; }
    void take_back_file() { drop_.pop_back(); }
    bool is_memory_trace() const { return is_lackey(drop_.back().text); }  // of the last file, as far as it has come
    std::string take();  // what each file is: ["trace","log","none"]
    // The reports in the logs of the last drop, file by file.
    std::string explanations() const;

    LockStep& lock_step() { return lock_step_; }
    std::string status() const;

private:
    std::vector<CaptureFile> drop_;
    std::vector<CaptureFile> logs_;
    LockStep lock_step_;
};

}  // namespace mmscope
