// A stub of an engine in C++, to see a backup held in its status callback while other clients make calls:
//
//     g++ -std=c++17 -pthread -o stub_engine stub_engine.cpp
//     jetconform check --engine "process:./stub_engine"
//
// It has instances, sessions, databases that are made and written to, and full backups that copy them. Everything else is
// not implemented, and the verdict says so.
#include "jetconform_server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace fs = std::filesystem;
using jetconform::Call;
using jetconform::Reply;

namespace {

enum Err {
    Success = 0,
    BackupDirectoryNotEmpty = -504,
    BackupInProgress = -505,
    MissingFullBackup = -560,
    InvalidGrbit = -900,
    InvalidParameter = -1003,
    InvalidDatabaseId = -1010,
    InvalidPath = -1023,
    NotInitialized = -1029,
    AlreadyInitialized = -1030,
    InstanceNameInUse = -1086,
    InvalidSesid = -1104,
    DatabaseDuplicate = -1201,
};

constexpr int snpBackup = 9, sntBegin = 5, sntComplete = 6;
constexpr int incremental = 1, atomic = 4;

// How much of a database the last backup has: nothing, as long as it was never fully backed up.
constexpr std::uintmax_t never = ~std::uintmax_t{0};

// One engine process: what is in memory is lost at a reset. The mutex is never held inside a callback.
struct Engine {
    std::mutex mutex;
    fs::path root;
    std::map<std::string, bool> initialized;         // of each instance
    std::map<std::string, std::int64_t> sessions;    // name -> a number that no other session ever had
    std::map<std::pair<std::int64_t, std::string>, fs::path> databases;  // session and name -> file
    std::map<fs::path, std::uintmax_t> attached;     // file -> how much of it the last backup has
    std::int64_t numbers = 0;
    bool backing_up = false;

    void reset(const std::string& folder) {
        std::lock_guard<std::mutex> lock(mutex);
        root = folder;
        initialized.clear(), forget();
    }

    void forget() { sessions.clear(), databases.clear(), attached.clear(), backing_up = false; }

    Reply create_instance(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        if (!initialized.emplace(call.text("instance"), false).second) return InstanceNameInUse;
        fs::create_directory(root / "db");  // part of this call, as of every recorded trace
        return Success;
    }

    // What a call that needs an initialised instance says first.
    Err usable(Call& call) {
        auto found = call["instance"].is_null() ? initialized.end() : initialized.find(call.text("instance"));
        if (found == initialized.end()) return InvalidParameter;
        return found->second ? Success : NotInitialized;
    }

    Reply init(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        Err state = usable(call);
        if (state != NotInitialized) return state == Success ? AlreadyInitialized : state;
        initialized[call.text("instance")] = true;
        return Success;
    }

    Reply term(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        Err state = usable(call);
        if (state == InvalidParameter) return state;
        if (state == Success && backing_up) return BackupInProgress;
        if (state == Success) forget();
        initialized.erase(call.text("instance"));
        return Success;
    }

    Reply begin_session(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        Err state = usable(call);
        if (state == Success) sessions[call.text("session")] = ++numbers;
        return state;
    }

    Reply create_database(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        auto session = sessions.find(call.text("session"));
        if (session == sessions.end()) return InvalidSesid;
        fs::path file = root / call.text("path");
        if (fs::exists(file)) return DatabaseDuplicate;
        std::ofstream{file};
        attached[file] = never;
        databases[{session->second, call.text("database")}] = file;
        return Success;
    }

    Reply insert(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        auto session = sessions.find(call.text("session"));
        if (session == sessions.end()) return InvalidSesid;
        auto database = databases.find({session->second, call.text("database")});
        if (database == databases.end()) return InvalidDatabaseId;
        std::ofstream file(database->second, std::ios::app);
        for (std::int64_t row = 0; row < call.number("rows"); ++row) file << "row\n";
        return Success;
    }

    // Everything that can be said before anything is copied; after success the instance is being backed up.
    Err enter(Call& call) {
        std::lock_guard<std::mutex> lock(mutex);
        Err state = usable(call);
        if (state != Success) return state;
        if (backing_up) return BackupInProgress;
        std::int64_t grbit = call.number("grbit");
        if (grbit != 0 && grbit != incremental && grbit != atomic) return InvalidGrbit;
        for (const auto& [file, size] : attached)
            if (grbit == incremental && size == never) return MissingFullBackup;
        if (!call["path"].is_null()) {
            fs::path folder = root / call.text("path");
            if (call.text("path").empty() || !fs::is_directory(folder)) return InvalidPath;
            bool set = fs::exists(folder / "new");
            auto others = std::distance(fs::directory_iterator(folder), fs::directory_iterator{}) - set;
            if ((set && grbit != atomic) || (others && grbit != incremental)) return BackupDirectoryNotEmpty;
        }
        backing_up = true;
        return Success;
    }

    // Copies what is wanted to that folder, and returns how much of each database the copies have.
    std::map<fs::path, std::uintmax_t> copy(const fs::path& folder, bool added_only) {
        std::lock_guard<std::mutex> lock(mutex);
        std::map<fs::path, std::uintmax_t> copied;
        for (const auto& [file, size] : attached) {
            std::ifstream source(file);
            source.seekg(added_only ? static_cast<std::streamoff>(size) : 0);
            std::string name = file.filename().string() + (added_only ? "." + std::to_string(++numbers) : "");
            std::ofstream(folder / name) << source.rdbuf();
            copied[file] = fs::file_size(file);
        }
        return copied;
    }

    // A null path truncates the logs, of which there are none. What is copied is put in its place at the end alone.
    Reply backup(Call& call) {
        if (Err refused = enter(call); refused != Success) return refused;
        bool copies = !call["path"].is_null();
        fs::path folder = root / (copies ? call.text("path") : ""), temporary = root / "copying";
        std::int64_t err = call.callback(snpBackup, sntBegin);
        std::map<fs::path, std::uintmax_t> copied;
        if (err >= 0 && copies) {
            fs::create_directory(temporary);
            copied = copy(temporary, call.number("grbit") == incremental);
        }
        if (err >= 0) err = call.callback(snpBackup, sntComplete);
        std::lock_guard<std::mutex> lock(mutex);
        if (err >= 0 && copies) {
            if (call.number("grbit") == atomic) fs::remove_all(folder / "new"), fs::rename(temporary, folder / "new");
            else for (const auto& entry : fs::directory_iterator(temporary)) fs::rename(entry, folder / entry.path().filename());
            for (const auto& [file, size] : copied) attached[file] = size;
        }
        fs::remove_all(temporary);
        backing_up = false;
        return err < 0 ? err : std::int64_t{Success};
    }
};

}  // namespace

int main() {
    Engine engine;
    jetconform::Server server("stub", {"callback"});
    auto on = [&](const char* name, Reply (Engine::*method)(Call&)) {
        server.on(name, [&engine, method](Call& call) { return (engine.*method)(call); });
    };
    server.on_reset([&](const std::string& root) { engine.reset(root); });
    on("JetCreateInstance", &Engine::create_instance);
    on("JetInit", &Engine::init);
    on("JetTerm", &Engine::term);
    on("JetBeginSession", &Engine::begin_session);
    on("JetCreateDatabase", &Engine::create_database);
    on("Insert", &Engine::insert);
    on("JetBackupInstance", &Engine::backup);
    server.run();
}
