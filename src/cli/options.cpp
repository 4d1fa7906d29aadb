#include "cli/options.h"

#include <algorithm>
#include <charconv>

#include "play/proc_text.h"
#include "play/process_files.h"
#include "play/terminal.h"

namespace mmscope {

namespace {

constexpr u32 kMostCpus = 8192;  // CONFIG_NR_CPUS of a distribution's kernel

bool read_number(std::string_view text, u32* number) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), *number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// A file of /proc, the kernel's log, or a command line of the terminal.
bool is_printable(std::string_view name) {
    if (std::find(std::begin(kProcFileNames), std::end(kProcFileNames), name) != std::end(kProcFileNames)) return true;
    const std::vector<std::string_view> commands = command_names();
    return name == "dmesg" || is_process_file(name) || name.starts_with(kSlabFilePrefix) || std::find(commands.begin(), commands.end(), name.substr(0, name.find(' '))) != commands.end();
}

bool read_stop_point(std::string_view text, StopPoint* at) {
    if (text == "end") return true;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view kind = text.substr(0, colon);
    const std::string_view rest = text.substr(colon + 1);
    at->label = rest;
    at->kind = kind == "step" ? StopPoint::Kind::step : kind == "line" ? StopPoint::Kind::line : StopPoint::Kind::mark;
    if (kind == "mark") return !rest.empty();
    return (kind == "step" || kind == "line") && read_number(rest, &at->number);
}

// Walks the arguments after the subcommand.
class Reader {
public:
    explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}
    Result<Options, Message> read();

private:
    using Fault = std::optional<Message>;
    Fault option(const std::string& name);
    Fault tlb_option(const std::string& name, const std::string& value);
    void take_request();
    Fault check() const;
    bool has_value() const { return at_ < end_; }
    bool may(Options::Command command) const { return options_.command == command; }

    const std::vector<std::string>& arguments_;
    std::size_t at_ = 1;
    std::size_t end_ = arguments_.size();  // of files and options
    Options options_;
};

Reader::Fault Reader::option(const std::string& name) {
    using Command = Options::Command;
    const bool runs = may(Command::run) || may(Command::eval) || may(Command::ask);
    if (name == "--trace" && may(Command::run)) return options_.trace = true, std::nullopt;
    if (name == "--json" && may(Command::run)) return options_.json = true, std::nullopt;
    const bool known = (name == "--from" && runs) || (name == "--proc" && may(Command::run)) || (name == "--expr" && may(Command::eval)) ||
                       (name == "--at" && may(Command::eval)) || ((name == "--kernel" || name == "--cpus") && may(Command::conform)) ||
                       (name == "--cpu" && (may(Command::ask) || may(Command::tlb))) || (name == "--page" && may(Command::tlb));
    if (!known) return Message("cli.unknown_option").text("option", name);
    if (!has_value()) return Message("cli.missing_value").text("option", name);
    if (name == "--from") {
        do options_.from.push_back(arguments_[at_++]);
        while (has_value() && !arguments_[at_].starts_with("--"));
        return std::nullopt;
    }
    const std::string& value = arguments_[at_++];
    if (name == "--expr") options_.expressions.push_back(value);
    if (name == "--kernel") options_.kernel = value;
    if (name == "--cpus" && (!read_number(value, &options_.cpus) || options_.cpus == 0 || options_.cpus > kMostCpus)) {
        return Message("cli.bad_cpus").text("value", value).number("most", kMostCpus);
    }
    if (may(Command::tlb)) return tlb_option(name, value);
    if (name == "--cpu" && !read_number(value, &options_.cpu)) return Message("cli.bad_cpu").text("value", value);
    if (name == "--at" && !read_stop_point(value, &options_.at)) return Message("cli.bad_stop_point").text("value", value);
    if (name == "--proc") {
        if (!is_printable(value)) return Message("cli.unknown_proc").text("name", value);
        options_.proc.push_back(value);
    }
    return std::nullopt;
}

Reader::Fault Reader::tlb_option(const std::string& name, const std::string& value) {
    if (name == "--cpu") {
        const auto geometry = read_tlb_geometry(value);
        if (!geometry) return geometry.error().message;
        options_.tlb = *geometry;
        return std::nullopt;
    }
    const auto size = std::find(std::begin(kPageSizeNames), std::end(kPageSizeNames), value);
    if (size == std::end(kPageSizeNames)) return Message("cli.bad_page_size").text("value", value);
    options_.page_size = static_cast<PageSize>(size - std::begin(kPageSizeNames));
    return std::nullopt;
}

Reader::Fault Reader::check() const {
    using Command = Options::Command;
    if (may(Command::conform) && options_.files.empty()) return Message("cli.needs_capture");
    if (may(Command::explain) && options_.files.empty()) return Message("cli.needs_log");
    if (may(Command::tlb) && options_.files.empty()) return Message("cli.needs_trace");
    if (may(Command::tlb) && options_.files.size() > 1) return Message("cli.one_trace").text("file", options_.files[1]);
    if (!may(Command::run) && !may(Command::eval) && !may(Command::ask)) return std::nullopt;
    if (options_.files.size() > 1) return Message("cli.one_script").text("file", options_.files[1]);
    if (options_.files.empty() && options_.from.empty()) return Message("cli.needs_script");
    if (may(Command::eval) && options_.expressions.empty()) return Message("cli.needs_expression");
    return std::nullopt;
}

// GFP ORDER, the last two words, if the last one is a number that is no option's value.
void Reader::take_request() {
    u32 order = 0;
    const std::size_t count = arguments_.size();
    if (count < 4 || !read_number(arguments_[count - 1], &order) || arguments_[count - 2].starts_with("--")) return;
    options_.asked = AskedRequest{arguments_[count - 2], order};
    end_ = count - 2;
}

Result<Options, Message> Reader::read() {
    const std::string& name = arguments_[0];
    if (name == "run") options_.command = Options::Command::run;
    else if (name == "eval") options_.command = Options::Command::eval;
    else if (name == "ask") options_.command = Options::Command::ask;
    else if (name == "explain") options_.command = Options::Command::explain;
    else if (name == "conform") options_.command = Options::Command::conform;
    else if (name == "tlb") options_.command = Options::Command::tlb;
    else if (name != "help" && name != "--help" && name != "-h") return Message("cli.unknown_command").text("command", name);
    if (may(Options::Command::ask)) take_request();
    if (may(Options::Command::tlb)) options_.tlb = *read_tlb_geometry(kUsualTlb);
    while (has_value()) {
        const std::string& argument = arguments_[at_++];
        if (!argument.starts_with("--")) {
            options_.files.push_back(argument);
        } else if (Fault fault = option(argument)) {
            return *std::move(fault);
        }
    }
    if (Fault fault = check()) return *std::move(fault);
    return std::move(options_);
}

}  // namespace

Result<Options, Message> read_options(const std::vector<std::string>& arguments) {
    if (arguments.empty()) return Message("cli.no_command");
    return Reader(arguments).read();
}

}  // namespace mmscope
