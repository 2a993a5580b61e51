# Every sentence of the pages, in English. Keys read page-part-state; `ru.ftl` has the same ones.

meta-description = Your account at { $brand }.
skip = Skip to the content
terms = Terms
privacy = Privacy
optional = (optional)
save = Save
cancel = Cancel

# Around every page
nav-main = Main
nav-settings = Settings
nav-account = Account
nav-menu = Account menu, { $name }
nav-logged-in-as = Logged in as <b>{ $login }</b>
nav-yours = Your account
nav-overview = Overview
nav-profile = Profile
nav-preferences = Email and language
nav-safety = Safety
nav-security = Security
nav-data = Your data
nav-download = Download data
nav-delete = Delete account
nav-admin = Admin
nav-users = Users
nav-audit = Audit log
nav-status = System status
admin-users-lead = Who has an account, and what they may do

# Messages after something was done
flash-logged-out = You are logged out.
flash-login-first = Log in to go on.
flash-login-again = You were logged out. Log in to go on: what you typed is kept, passwords apart.
flash-login-photo = You were logged out. Log in to go on, then choose your photo again: it could not be kept.
flash-welcome = Welcome. Your account is ready.
flash-warn-unsaved = Your changes are below, but not saved yet. Check and save again.
flash-profile-saved = Your profile is saved.
flash-picture-saved = Your picture is saved.
flash-picture-uploaded = Your picture is saved. You can still move it below.
flash-picture-removed = Your picture is removed.
flash-preferences-saved = Your choices are saved.
flash-email-saved = Your email is changed.
flash-email-sent = We sent a link to the new address. Your email changes when you open it.
flash-email-withdrawn = Your email stays as it is.
flash-email-kept = Your email stays as it is, and whoever asked is logged out. Was it not you? Then somebody knows your password: set another one.
flash-notices-saved = Saved.
flash-password-changed = Your password is changed. Your other devices are logged out.
flash-password-added = Your password is added. Your other devices are logged out.
flash-device-ended = The device is logged out.
flash-devices-ended = { $number ->
    [0] You are logged in on this device only.
    [one] { $number } device is logged out.
   *[other] { $number } devices are logged out.
}
flash-first-admin = You are the first admin.

# Fields
field-email = Email
field-login = Email or username
field-username = Username
field-username-hint = Letters, numbers, dots, dashes and underscores. Everyone can see it.
field-password = Password
field-password-hint = { $number } characters or longer, like a few unrelated words.
field-current = Current password
field-current-hint = The one you log in with now
field-new = New password
field-new-hint = { $number } characters or longer
field-name = Name
field-pronouns = Pronouns
field-bio = About
field-bio-hint = Up to 280 characters
field-count = { $n } characters left
field-over = Too long by { $n } characters
field-location = Location
field-website = Website
field-language = Language
field-time-zone = Time zone
field-theme = Theme
password-show = Show
password-hide = Hide
password-show-label = Show: { $field }
password-hide-label = Hide: { $field }
theme-system = System
theme-light = Light
theme-dark = Dark

# What is wrong
errors-title = There is a problem
error-prefix = Error:
problem-missing = Fill this in
problem-short = Use { $number } characters or more
problem-long = Use { $number } characters or fewer
problem-characters = Use ordinary letters and signs
problem-malformed = Choose one of the list
problem-taken = This is taken
problem-taken-suggestion = This is taken. Try { $suggestion }
problem-reserved = This is kept for the site’s own use. Choose another
problem-leaked = This password is in a list of leaked passwords. Choose another
problem-almost-leaked = This is a leaked password with a few characters added, or repeated. Choose another
problem-pattern = This password is a simple pattern, which is guessed at once. Choose another
problem-personal = Without your username, your email or the name of this site, too little is left of this password. Choose another
problem-wrong = This password is not right
problem-email-missing = Enter your email
problem-email-malformed = Enter an email like name@example.com
problem-email-characters = There is an invisible character in this address
problem-email-taken = This email has an account already. Log in with it
problem-login-missing = Enter your email or username
problem-username-missing = Enter a username
problem-username-characters = Use only letters, numbers, dots, dashes and underscores
problem-username-taken = This username is taken
problem-username-taken-suggestion = This username is taken. Try { $suggestion }
problem-username-reserved = This username is kept for the site’s own use. Choose another
problem-password-missing = Enter a password
problem-password-short = Your password must be { $number } characters or longer
problem-password-long = Your password must be { $number } bytes or shorter
problem-new-missing = Enter a password
problem-new-short = Your password must be { $number } characters or longer
problem-new-long = Your password must be { $number } bytes or shorter
problem-website-malformed = Enter a full address, like https://example.com
problem-terms-missing = Agree to the terms to open an account
problem-unproved = Enter your password
problem-unconfirmed = Type { $suggestion } to confirm
problem-photo-missing = Choose a photo
problem-photo-empty = This file is empty. Choose another
problem-photo-slow = Your connection is slow: the photo did not arrive in time. Choose a smaller one, or try again where the connection is better
problem-photo-large = This file is larger than { $number } MB
problem-photo-kind = This file is not a JPEG, PNG, WebP or GIF image
problem-photo-heic = HEIC photos cannot be read here. Save this one as JPEG, then choose that. On an iPhone: Settings › Camera › Formats › Most Compatible
problem-photo-type = { $name } files cannot be read here. Save this one as JPEG or PNG, then choose that
problem-photo-video = This is a video. Choose a photo
problem-photo-unsupported = This kind of image cannot be read. Save it as an ordinary JPEG or PNG
problem-photo-damaged = This image is damaged or incomplete. Choose another
problem-photo-transparent = This image shows nothing: it is transparent all over. Choose another
problem-photo-pixels = This image has more than { $number } megapixels, the most that can be taken. Save it smaller, or choose another
problem-photo-unstored = Pictures cannot be kept at the moment, and nothing was changed. Try again in a while
problem-photo-long = This image is more than { $number } pixels long. Choose another
problem-photo-replaced = Your picture was changed meanwhile, so nothing was done. This is the present one

# The front door
home-title = Welcome
home-heading = Welcome to { $brand }
home-lead = Create an account, or log in to the one you have.
signup-title = Create your account
signup-known = Already have one? <a href="/login">Log in</a>
signup-button = Create account
signup-passkey = Create with a passkey
signup-passkey-cancelled = No passkey was made, and no account. Try again when you are ready.
signup-closed = New accounts are by invitation only.
signup-terms = I agree to the <a href="{ $terms }" target="_blank" rel="noopener">terms</a>
signup-terms-privacy = I agree to the <a href="{ $terms }" target="_blank" rel="noopener">terms</a> and the <a href="{ $privacy }" target="_blank" rel="noopener">privacy notice</a>
signup-honeypot = Leave this field empty
signup-again-soon = That was quick. Type your password once more and press the button again
signup-again-old = This form had been open for long. Type your password once more and press the button again
signup-again-filled = A hidden field was filled in. Type your password once more and press the button again
signup-again-passkey = This was quick, or the form had been open for long. Press the button again
signup-error-too-many = Too many tries from your network. Wait { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}
signup-error-too-many-plain = Too many accounts were opened from your network. Turn on JavaScript, or wait { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}
login-title = Log in
login-heading = Welcome back
login-new = New here? <a href="/signup">Create an account</a>
login-button = Log in
login-remember = Stay logged in for { $number ->
    [one] { $number } day
   *[other] { $number } days
}
login-support = Cannot log in? Write to <a href="mailto:{ $support }">{ $support }</a>
login-error-mismatch = Email or password is not right. Try again
login-error-too-many = Too many tries. Wait { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}
login-error-disabled = This account is disabled
login-error-disabled-support = This account is disabled. Write to { $support }
login-error-cookies = Your browser does not keep this site’s cookies. Allow them to log in
login-forgot = Forgot password?
login-error-mismatch-reset = Email or password is not right. Try again or reset your password
login-error-too-many-reset = Too many tries. Wait { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}, or reset your password
logout-title = Log out?
logout-lead = This device forgets your account until you log in again.
logout-button = Log out
logout-stay = Stay logged in
goodbye-title = Your account is deleted.
goodbye-lead = Everything we kept about you is gone.
goodbye-button = Go to the start
welcome-title = Welcome
welcome-heading = Welcome, { $name }
welcome-lead = Add a picture and your name, if you like. You can change both at any time.
welcome-save = Save and go on
welcome-skip = Skip for now
reauth-title = Confirm it is you
reauth-lead = Enter your password to go on.
reauth-lead-passkey = Use your passkey to go on.
reauth-passkey-script = Your browser needs JavaScript to use a passkey.
reauth-button = Continue
setup-title = Create the first admin
setup-lead = This link works once. Whoever uses it can edit everybody’s account.
setup-button = Create admin account
setup-claim = Make { $name } the first admin

# The account
overview-title = Hello, { $name }
overview-bounces = Mail to { $email } comes back.
overview-bounces-check = Check the address
overview-leaked = This password is in a list of leaked passwords, which strangers try first.
overview-leaked-change = Change your password
overview-passkey = This device can log you in with your fingerprint, your face or its PIN, without your password.
overview-passkey-no = Not here
admin-bounces = Mail comes back since { $moment }
overview-add-picture = Add a picture
overview-see-public = See your public page
overview-profile-picture = Name, picture and what you say about yourself
overview-profile-plain = No picture yet
overview-public = Public page
overview-public-on = On: anyone can see it
overview-public-off = Off: nobody can see it
overview-preferences = Language, time zone, theme
overview-devices = { $number ->
    [one] Logged in on { $number } device
   *[other] Logged in on { $number } devices
}
overview-data = A copy of everything we keep about you
overview-delete = All of it, for good
profile-lead = What other people see about you.
profile-see = See your public page
profile-about = About you
profile-username-hint = Your public page has this address. Your old link keeps working for 30 days after a change.
profile-public = Anyone can see my profile
profile-public-hint = When this is off, nobody can.
profile-findable = Other apps can find my picture by my email
profile-findable-hint = Apps that know your email already can then show your picture. They see nothing else, and cannot read your email here.
profile-note = Changes show on your public page at once.
profile-save = Save profile
picture-title = Profile picture
picture-none = No picture yet. Your initials stand for you.
picture-adjust = Choose what shows with the sliders, or choose another photo.
picture-unsaved = Your new photo is not saved yet. Drag it or use the sliders until it looks right.
picture-moved = This is how it would look. It is not saved yet.
picture-stage = Your photo
picture-previews = How it will look
picture-zoom = Zoom
picture-x = Left to right
picture-y = Top to bottom
picture-turn-left = Turn left
picture-turn-right = Turn right
picture-mirror = Mirror
picture-preview = Update preview
picture-choose = Choose a photo
picture-another = Choose another
picture-hint = JPEG, PNG, WebP or GIF, up to { $number } MB
picture-hint-any = JPEG, PNG, WebP, GIF and whatever else your browser shows. Large photos are made smaller before they are sent.
picture-nojs = The middle of the photo is used at first; you can move and turn it after the upload. If an iPhone’s photo is refused, choose Settings › Camera › Formats › Most Compatible and take it anew, or save it as JPEG.
picture-progress = Uploading
picture-failed = The upload did not finish, and nothing was changed. Check your connection and try again
picture-slow = Your connection is slow: the photo did not arrive in time. Try again
picture-held = Your new photo is not saved yet
picture-held-moved = What you changed of your picture is not saved yet
picture-held-typed = What you typed on this page is not saved yet
picture-save-both = Save both
picture-save-one = Go on without it
picture-upload = Upload
picture-save = Save picture
picture-remove = Remove picture
preferences-lead = How we reach you, and how these pages look to you.
preferences-email = You log in with it. Other people do not see it.
preferences-email-save = Change email
email-waiting = Waits for { $email }
email-waiting-until = We sent a link there. Your email changes when it is opened, until { $until }.
email-waiting-again = Send it again
email-waiting-withdraw = Keep the present one
email-change-title = Confirm your new email
email-change-lead = You log in with { $email } from then on. Other browsers are logged out.
email-change-button = Confirm { $email }
email-change-again = Ask for it again
email-stop-title = Stop the change of your email
email-stop-lead = Your email stays { $email }. Whoever asked for another one is logged out.
email-stop-button = Keep { $email }
email-undo-title = Take your address back
email-undo-lead = Your email is { $email } again. All devices are logged out, and you choose a new password at once.
email-undo-button = Take my address back
email-undo-hint = The one you had when the email was changed; if an app changed it in the week before, the one from before that
preferences-title = Language and looks
preferences-language-browser = As the browser says
preferences-zone-utc = UTC
security-lead = How you log in, and where you are logged in now.
security-password-lead = Last changed on { $day }. When you change it, your other devices are logged out.
security-change = Change password
security-no-password = There is none: you log in with a passkey.
security-add-password = Add a password
security-add-password-lead = When you log in with it, your passkey or a recovery code is asked for, too. Your other devices are logged out.
security-devices = Where you are logged in
security-devices-lead = If you do not recognise a device, log it out and change your password.
security-this = This device
security-program = API client
security-only = You are logged in on this device only.
security-notices = Messages
security-notices-devices = Email me when a new browser logs in
security-notices-hint = We tell you of changes of your password, your email and your role in any case.
security-end-others = Log out everywhere else
data-lead = A copy of everything we keep about you.
data-title = Your copy
data-what = A zip file with:
data-account = your account and profile, as JSON
data-devices = the devices you are logged in on, as JSON
data-history = what was done with your account, as JSON
data-pictures = your profile picture, in every size we keep
data-note = It is packed when you ask, which takes a second.
data-button = Download my data
data-link = Download your data
delete-title = Delete your account?
delete-lead = This is final. Nobody, including our team, can bring the account back.
delete-what = What happens
delete-effect-public = Your profile, picture and <b>{ $path }</b> go away at once.
delete-effect-profile = Your profile and picture go away at once.
delete-effect-devices = { $number ->
    [0] No device is logged in now.
    [one] <b>{ $number } device</b> is logged out.
   *[other] All <b>{ $number } devices</b> are logged out.
}
delete-effect-name = The name <b>{ $word }</b> is free for others from then on.
delete-copy-first = Want a copy first? It takes a second.
delete-confirm = Type <bdi>{ $word }</bdi>
delete-confirm-username = Type your username, <bdi>{ $word }</bdi>
delete-confirm-email = Type your email, <bdi>{ $word }</bdi>
delete-sure = Are you sure?
delete-keep = Keep my account
delete-button = Delete my account
delete-error-last-admin = You are the only admin. Make someone else an admin first
user-description = The public page of { $name }.
user-joined = Joined { $month }
user-edit = Edit profile

# What was done: by people themselves, by an admin without or with a name, by a service, by the operator
act-logged-in = Logged in
act-wrong-password = { $number ->
    [one] Wrong password
   *[other] Wrong password, { $number } tries
}
act-refresh-replayed = A used token came again, so its log-in was ended
act-signed-up = Signed up
act-device-ended = { $who ->
    [admin] A device was logged out by an admin
    [person] A device was logged out by { $name }
    [service] A device was logged out by a service
    [operator] A device was logged out by the operator
   *[own] A device was logged out
}
act-devices-ended = { $who ->
    [admin] Devices were logged out by an admin
    [person] Devices were logged out by { $name }
    [service] Devices were logged out by a service
    [operator] Devices were logged out by the operator
   *[own] Devices were logged out
}
act-logged-out = { $who ->
    [admin] Logged out by an admin
    [person] Logged out by { $name }
    [service] Logged out by a service
    [operator] Logged out by the operator
   *[own] Logged out
}
act-wrong-code = { $number ->
    [one] Wrong code after the right password
   *[other] Wrong code after the right password, { $number } tries
}
act-password-alone = The right password was refused, since this way of logging in asks for no second step
act-passkey-refused = A passkey was refused: it may have been copied
act-two-factor-on = Two-factor turned on
act-two-factor-off = { $who ->
    [admin] Two-factor removed by an admin
    [person] Two-factor removed by { $name }
    [service] Two-factor removed by a service
    [operator] Two-factor removed by the operator
   *[own] Two-factor turned off
}
act-factor-added = Second factor added
act-factor-renamed = Second factor renamed
act-factor-removed = Second factor removed
act-app-password-made = App password made
act-app-password-revoked = App password removed
act-recovery-codes-made = New recovery codes made
act-recovery-code-used = Recovery code used
act-trust-ended = The second step is asked for in every browser again
act-password-changed = { $who ->
    [admin] Password changed by an admin
    [person] Password changed by { $name }
    [service] Password changed by a service
    [operator] Password changed by the operator
   *[own] Password changed
}
act-password-link-made = { $who ->
    [admin] Link to set a password made by an admin
    [person] Link to set a password made by { $name }
    [service] Link to set a password made by a service
    [operator] Link to set a password made by the operator
   *[own] Link to set a password made
}
act-password-reset-asked = Link to set a password asked for by email
act-email-changed = { $who ->
    [admin] Email changed by an admin
    [person] Email changed by { $name }
    [service] Email changed by a service
    [operator] Email changed by the operator
   *[own] Email changed
}
act-email-change-asked = Change of email asked for
act-email-change-stopped = Change of email stopped
act-email-change-undone = Change of email taken back
act-mail-bounced = Mail to the address came back
act-username-changed = { $who ->
    [admin] Username changed by an admin
    [person] Username changed by { $name }
    [service] Username changed by a service
    [operator] Username changed by the operator
   *[own] Username changed
}
act-profile-changed = { $who ->
    [admin] Profile edited by an admin
    [person] Profile edited by { $name }
    [service] Profile edited by a service
    [operator] Profile edited by the operator
   *[own] Profile edited
}
act-preferences-changed = { $who ->
    [admin] Language or looks changed by an admin
    [person] Language or looks changed by { $name }
    [service] Language or looks changed by a service
    [operator] Language or looks changed by the operator
   *[own] Language or looks changed
}
act-picture-set = { $who ->
    [admin] Picture changed by an admin
    [person] Picture changed by { $name }
    [service] Picture changed by a service
    [operator] Picture changed by the operator
   *[own] Picture changed
}
act-picture-removed = { $who ->
    [admin] Picture removed by an admin
    [person] Picture removed by { $name }
    [service] Picture removed by a service
    [operator] Picture removed by the operator
   *[own] Picture removed
}
act-created = { $who ->
    [admin] Account created by an admin
    [person] Account created by { $name }
    [service] Account created by a service
    [operator] Account created by the operator
   *[own] Account created
}
act-invited = { $who ->
    [admin] Invitation made by an admin
    [person] Invitation made by { $name }
    [service] Invitation made by a service
    [operator] Invitation made by the operator
   *[own] Invitation made
}
act-invite-withdrawn = { $who ->
    [admin] Invitation withdrawn by an admin
    [person] Invitation withdrawn by { $name }
    [service] Invitation withdrawn by a service
    [operator] Invitation withdrawn by the operator
   *[own] Invitation withdrawn
}
act-note-changed = { $who ->
    [admin] Note for admins changed by an admin
    [person] Note for admins changed by { $name }
    [service] Note for admins changed by a service
    [operator] Note for admins changed by the operator
   *[own] Note for admins changed
}
act-disabled = { $who ->
    [admin] Account disabled by an admin
    [person] Account disabled by { $name }
    [service] Account disabled by a service
    [operator] Account disabled by the operator
   *[own] Account disabled
}
act-enabled = { $who ->
    [admin] Account enabled by an admin
    [person] Account enabled by { $name }
    [service] Account enabled by a service
    [operator] Account enabled by the operator
   *[own] Account enabled
}
act-deleted = { $who ->
    [admin] Account deleted by an admin
    [person] Account deleted by { $name }
    [service] Account deleted by a service
    [operator] Account deleted by the operator
   *[own] Account deleted
}
act-promoted = { $who ->
    [admin] Made an admin by an admin
    [person] Made an admin by { $name }
    [service] Made an admin by a service
    [operator] Made an admin by the operator
   *[own] Made an admin
}
act-demoted = { $who ->
    [admin] Admin rights taken away by an admin
    [person] Admin rights taken away by { $name }
    [service] Admin rights taken away by a service
    [operator] Admin rights taken away by the operator
   *[own] No longer an admin
}
act-imported = { $who ->
    [admin] Accounts imported by an admin
    [person] Accounts imported by { $name }
    [service] Accounts imported by a service
    [operator] Accounts imported by the operator
   *[own] Accounts imported
}
act-exported = { $who ->
    [admin] Data exported by an admin
    [person] Data exported by { $name }
    [service] Data exported by a service
    [operator] Data exported by the operator
   *[own] Data exported
}
act-data-downloaded = { $who ->
    [admin] Copy of the data downloaded by an admin
    [person] Copy of the data downloaded by { $name }
    [service] Copy of the data downloaded by a service
    [operator] Copy of the data downloaded by the operator
   *[own] Copy of the data downloaded
}
change-line = { $field }: { $before } → { $after }
change-first = { $field }: { $after }
change-yes = yes
change-no = no
change-username = Username
change-email = Email
change-email-confirmed = Email confirmed
change-name = Name
change-first-name = First name
change-last-name = Last name
change-organization = Organization
change-pronouns = Pronouns
change-bio = About
change-location = Location
change-website = Website
change-public-profile = Public profile
change-findable-by-email = Findable by email
change-language = Language
change-time-zone = Time zone
change-theme = Theme
change-new-devices-told = Told of new devices
change-is-admin = Admin
change-terms = Terms agreed to
change-note = Note
topic-log-ins = Log-ins
topic-passwords = Passwords
topic-security = Two-factor
topic-profiles = Profiles
topic-accounts = Accounts
topic-admins = Admin rights
topic-data = Data in and out
door-pages = Pages
door-django = Django API
door-fastapi = FastAPI API
door-clark = CLARK API
door-oauth = Token API
door-grpc = gRPC
door-mail = Mail
door-command-line = Command line
who-service = A service
who-operator = The operator
who-stranger = Somebody not logged in

# The audit log and the history of one's own account
audit-lead = Who did what to whom, and from where.
audit-table = Audit log
audit-when = When
audit-who = Who
audit-what = What
audit-whom = To whom
audit-address = Address
audit-who-hint = Name or email
audit-whom-hint = Name or email
audit-topic = What
audit-topic-any = Anything
audit-from = From
audit-to = To
audit-filter = Show
audit-clear = Show everything
audit-csv = Download CSV
audit-none = Nothing happened in this period.
audit-nobody = Nobody is called “{ $name }”.
audit-gone = deleted
audit-pages = Parts of the list
audit-newer = Newer
audit-older = Older
audit-recent = Recent activity
audit-recent-none = Nothing yet.
audit-recent-all = All activity
audit-retention = { $number ->
    [one] Kept for { $number } day.
   *[other] Kept for { $number } days.
}
history-title = Account history
history-lead = What was done with your account, the newest first. If something was not you, change your password.
history-help = Log-ins, changes, and who made them
history-open = Show
history-none = Nothing has happened yet.

# What the doctor and the system page find, and the remedies
doctor-subject-address = address
doctor-subject-proxy = proxy
doctor-subject-proxies = trusted proxies
doctor-subject-seen = this request
doctor-subject-internal = internal listener
doctor-subject-breached = leaked passwords
doctor-subject-doors = REST and gRPC
doctor-subject-limits = rate limits
doctor-subject-open-files = open files
doctor-subject-cookies = cookies
doctor-subject-passkeys = passkeys
doctor-subject-key = SECRET_KEY
doctor-subject-token-keys = token keys
doctor-subject-dialects = REST dialects
doctor-subject-files = files
doctor-subject-database = database
doctor-subject-names = names
doctor-subject-media = media
doctor-subject-clock = clock
doctor-subject-broker = broker
doctor-subject-redis = Redis
doctor-subject-mail = mail
doctor-subject-pictures = picture files
doctor-address = people come by { $url }
doctor-address-local = for this machine only
doctor-address-local-fix = set PORTICO_PUBLIC_URL for others
doctor-address-proxy = people come by { $url }, through a proxy, but PORTICO_TRUSTED_PROXIES is empty: every visitor seems to have the proxy's address, and one limit for all
doctor-address-proxy-fix = set it to the proxy's address, such as 127.0.0.1
doctor-address-open = open to other machines without PORTICO_PUBLIC_URL: cookies are not Secure
doctor-address-open-fix = put a proxy with TLS before it and set the https:// address
doctor-address-proxied = people come through a proxy, but PORTICO_PUBLIC_URL is not set: links that are handed out begin with the listener’s address
doctor-address-proxied-fix = set it to the address that people come by, such as https://accounts.example.org
doctor-proxies = what { $networks } say of a client's address is believed
doctor-proxies-none = nobody's word about a client's address is taken
doctor-proxies-everybody = { $network } is everybody: whoever comes can choose an address, and limits hold for nobody
doctor-proxies-everybody-fix = set PORTICO_TRUSTED_PROXIES to the proxy's own address
doctor-breached = new passwords are looked up in the built-in list of { $built_in } leaked ones
doctor-breached-file = new passwords are looked up among { $built_in } leaked ones of the built-in list and { $entries } of PORTICO_BREACHED_FILE
doctor-breached-api = new passwords are looked up in the built-in list of { $built_in } leaked ones, then at { $host }
doctor-breached-both = new passwords are looked up among { $built_in } leaked ones of the built-in list and { $entries } of PORTICO_BREACHED_FILE, then at { $host }
doctor-breached-unusable = PORTICO_BREACHED_FILE cannot be used: { $reason }
doctor-breached-unusable-fix = build it with `portico passwords filter`, or unset the setting
doctor-doors-ignore = they take the password alone of an account with a second factor
doctor-doors-ignore-fix = have programs use app passwords, and unset PORTICO_DOORS_SECOND_FACTOR
doctor-limits-off = they are off: passwords can be guessed as fast as the machine allows
doctor-limits-off-fix = unset PORTICO_RATE_LIMITS, which is for load tests
doctor-proxy-trusted = the request came by the trusted proxy { $peer }
doctor-proxy-untrusted = the request came from { $peer } with X-Forwarded headers, which are not believed from there
doctor-proxy-untrusted-fix = if that is your proxy, add its address to PORTICO_TRUSTED_PROXIES
doctor-proxy-silent = the request came from the trusted proxy { $peer } without X-Forwarded headers: everybody seems to have its address
doctor-proxy-silent-fix = have the proxy send X-Forwarded-For and X-Forwarded-Proto
doctor-proxy-unreadable = X-Forwarded-For holds “{ $hop }”, which is no address: people behind it count as one
doctor-proxy-unreadable-fix = have every proxy add the address alone, with or without a port
doctor-seen = it asked for { $seen }, as PORTICO_PUBLIC_URL says
doctor-seen-other = it asked for { $seen }, but PORTICO_PUBLIC_URL says { $public }: links and cookies are made for that
doctor-seen-other-fix = set PORTICO_PUBLIC_URL to { $seen } where people come by it; else have the proxy pass on Host and X-Forwarded-Proto
doctor-seen-unset = people come by { $seen }, but PORTICO_PUBLIC_URL is not set: links that are handed out begin with { $public }
doctor-seen-unset-fix = set PORTICO_PUBLIC_URL to { $seen }
doctor-internal = { $address }, for callers who prove who they are
doctor-internal-local = { $address }, for this machine only
doctor-internal-open = { $address }, open to other machines: whoever reaches it may set every password
doctor-internal-open-fix = set PORTICO_INTERNAL_TOKEN, or PORTICO_INTERNAL_TLS_CLIENT_CA_FILE, or a loopback address
doctor-internal-tls = { $reason }
doctor-internal-tls-fix = mend the files of PORTICO_INTERNAL_TLS_…_FILE
doctor-open-files = there may be as many as connections need
doctor-open-files-few = at most { $number }, so that few connections are served at once
doctor-open-files-few-fix = raise the hard limit (ulimit -Hn, LimitNOFILE=) to 16384
doctor-cookies-secure = Secure, and bound to this host (__Host-portico)
doctor-cookies-local = without Secure, as only this machine comes by http
doctor-cookies-proxied = Secure for those who come by https, as the trusted proxy says of each request
doctor-cookies-open = they travel unprotected: people come by http
doctor-cookies-open-fix = put a proxy with TLS before it and set PORTICO_PUBLIC_URL to the https:// address
doctor-passkeys = made for { $domain }
doctor-passkeys-address = none: browsers make them for addresses with a name alone, not for IP addresses
doctor-passkeys-insecure = none: browsers make them for https addresses alone
doctor-passkeys-elsewhere = { $number } were made for another domain than { $domain }, where they are of no use
doctor-passkeys-elsewhere-fix = set PORTICO_PUBLIC_URL or PORTICO_PASSKEY_DOMAIN as it was, or tell people to add new ones
doctor-passkeys-unknown = how many were made for another domain is not known
doctor-key-set = set
doctor-key-kept = kept beside the database
doctor-key-other = another one than the secrets of authenticator apps were sealed with: their codes are refused
doctor-key-other-fix = put the former key into PORTICO_PREVIOUS_SECRET_KEYS; recovery codes and passkeys work without it
doctor-key-unreadable = { $reason }
doctor-key-unreadable-fix = set SECRET_KEY; `openssl rand -base64 48` makes a good one
doctor-token-keys-public = tokens are verified with public keys, which give nothing else away
doctor-token-keys-own = each open dialect has a key of its own: whoever verifies its tokens learns no other
doctor-token-keys-none = no dialect is open, so there are no tokens
doctor-token-keys-shared = tokens of { $names } are signed with SECRET_KEY itself; a service that is given it to verify them could sign everything
doctor-token-keys-shared-fix = before giving it to one, set a dialect key (PORTICO_…_SECRET) or PORTICO_TOKEN_ALG=EdDSA
doctor-token-keys-weak = { $names } is short, or made by a project template: tokens can be forged by whoever guesses it
doctor-token-keys-weak-fix = once the replaced service's tokens have run out, unset it, or set one from `openssl rand -base64 48`
doctor-token-keys-unreadable = { $reason }
doctor-token-keys-unreadable-fix = mend the file, or PORTICO_TOKEN_KEY_FILE
doctor-dialects = open: { $names }
doctor-dialects-fix = close those that no client uses with PORTICO_DIALECTS; docs/API.md tells what each allows
doctor-dialects-none = all are closed
doctor-files = nobody else on this machine can read them
doctor-files-open = other users of this machine can reach { $places }
doctor-files-open-fix = `portico doctor --fix` takes them away from others, or `chmod go=` as their owner
doctor-files-mended = taken away from other users of this machine: { $places }
doctor-database = { $name } answers, its schema is up to date
doctor-database-newer = its schema is newer than this program ({ $done } migrations, { $known } known)
doctor-database-newer-fix = run the newer program
doctor-database-behind = { $done } of { $known } migrations are done
doctor-database-behind-fix = run `portico migrate`
doctor-database-empty = it answers, but holds no schema yet
doctor-database-empty-fix = run `portico migrate`
doctor-database-missing = { $reason }
doctor-database-missing-fix = where it is to be made, run `portico migrate`
doctor-database-changed = migration { $version } was another when the database had it
doctor-database-changed-fix = run the program that made the database, or one released after it
doctor-database-broken = it answers, but with an error: { $reason }
doctor-database-broken-fix = look at the database itself; where it is damaged, restore a backup
doctor-database-pooled = a pooler lends its connections for a transaction only, and keeps no statement for Portico
doctor-database-pooled-fix = add statement-cache-capacity=0 to DATABASE_URL, or set the pooler’s mode to session
doctor-database-damaged = its file is damaged: { $reason }
doctor-database-damaged-fix = stop Portico, keep a copy of the file, and restore a backup
doctor-database-away = { $reason }
doctor-database-away-fix = start it, or mend DATABASE_URL
doctor-database-silent = { $name } does not answer
doctor-database-silent-fix = see whether it runs and has connections left
doctor-names = every username is one account's, and no e-mail of another
doctor-names-shared = the username of an older account is another account's e-mail: { $accounts }, in brackets whose e-mail it is
doctor-names-shared-fix = give the first account of each another username, on its admin page or by `portico user rename`
doctor-names-alike = the usernames of these older or imported accounts look like others': { $accounts }
doctor-names-alike-fix = if one pretends to be somebody else, rename it
doctor-names-unknown = the database does not say
doctor-names-unknown-fix = see whether it answers
doctor-media = { $name } takes files
doctor-media-away = { $reason }
doctor-media-away-fix = mend MEDIA_URL, or the rights of the folder or bucket
doctor-media-refuses = { $name } takes no files
doctor-media-refuses-fix = look for a full disk and for the rights of the folder or bucket
doctor-media-silent = { $name } does not answer
doctor-media-silent-fix = see whether the store runs and can be reached from here
doctor-clock = it agrees with what the database says
doctor-clock-apart = it is { $seconds } seconds away from the database's
doctor-clock-apart-fix = set both machines' clocks by NTP: tokens and sessions live by them
doctor-clock-behind = what was written last is { $seconds } seconds in its future
doctor-clock-behind-fix = set the clock by NTP: tokens and sessions live by it
doctor-clock-unknown = the database does not say what time it is
doctor-broker = it lets us in and takes messages
doctor-broker-away = { $reason }
doctor-broker-away-fix = start RabbitMQ, or mend AMQP_URL; events wait meanwhile
doctor-broker-silent = it does not answer
doctor-broker-silent-fix = see whether RabbitMQ runs and can be reached; events wait meanwhile
doctor-redis = it answers
doctor-mail = the relay lets us in
doctor-mail-asked = the relay is being asked; reload in a moment
doctor-mail-away = the relay takes no mail: { $reason }
doctor-mail-away-fix = mend SMTP_URL or the relay; mails wait meanwhile
doctor-mail-silent = the relay does not answer
doctor-mail-silent-fix = see whether it runs and can be reached; mails wait meanwhile
doctor-redis-away = it is of no use, so no token is taken: { $reason }
doctor-redis-away-fix = start it, or mend REDIS_URL
doctor-redis-silent = it does not answer, so no token is taken
doctor-redis-silent-fix = see whether it runs and can be reached
doctor-pictures = every stored picture belongs to an account
doctor-pictures-mended = { $number } pictures that belonged to nobody are removed
doctor-pictures-nobodys = { $number } belong to nobody
doctor-pictures-nobodys-fix = `portico doctor --fix` removes them
doctor-pictures-whole = the files of every picture are there
doctor-pictures-missing = the files of { $number } are not there; theirs are the accounts { $accounts }
doctor-pictures-missing-fix = restore the media store from the backup that belongs to the database
doctor-pictures-unknown = { $reason }

# The system page
status-lead = How the program is, and what it needs.
status-all-well = Everything checked is as it should be.
status-findings = Checks
status-well = Fine
status-wrong = To be mended
status-facts = Figures
status-version = Version
status-up = Running since
status-database = Database
status-size = Size of the database
status-migrations = Migrations
status-migrations-of = { $done } of { $known }
status-connections = Database connections
status-connections-of = { $used } of { $open } in use
status-media = Pictures are kept in
status-accounts = Accounts
status-pictures = Pictures
status-more = more than { $number }
status-sessions = Browsers logged in
status-audit = Rows of the audit log
status-waiting = Passwords and pictures waiting
status-waiting-both = { $passwords } and { $pictures }
status-mail = Mail
status-mail-none = Not set up
status-mail-waiting = { $number ->
    [0] On, nothing waits
    [one] { $number } message waits
   *[other] { $number } messages wait
}
status-mail-test = Send test email
flash-mail-test = A test email is on its way to your address.
flash-warn-mail-test = Your account has no email to send a test to.
status-unknown = Not known: no answer
status-bytes = { $number } MB
status-events = Events
status-events-lead = Where changes are announced, and what waits.
status-events-none = { $number ->
    [one] No queue and no webhook is set up. { $number } event is kept.
   *[other] No queue and no webhook is set up. { $number } events are kept.
}
status-targets = Where events go
status-target = Target
status-target-waiting = Waiting
status-target-oldest = Oldest
status-target-state = State
status-target-well = Delivering
status-target-failing = Failing since { $moment }
status-target-disabled = Given up on { $moment }; `portico webhook enable` takes it up again
status-errors = Last errors
status-errors-lead = Of this process since it started; the log has the rest by their id.
status-errors-none = None since the start.

# Errors that take the whole page
error-home = Go to the start
error-recorded = It is recorded as <code>{ $id }</code>.
error-forbidden-title = You cannot open this page
error-forbidden-lead = It belongs to somebody else, or is switched off here.
error-cross-site-title = Nothing was changed
error-cross-site-lead = This came from another site, so nothing was changed. Go back and try again.
error-other-account-title = You are logged in as someone else now
error-other-account-lead = This page was opened from another account, so nothing was changed. Open it again to go on as who you are now.
error-not-found-title = There is nothing here
error-not-found-lead = The address may be mistyped, or what was here is gone.
error-conflict-title = Another change came first
error-conflict-lead = Go back, load the page again and check before you save.
error-too-large-title = This file is too large
error-too-large-lead = Nothing was changed. Go back and choose a smaller one.
error-slow-title = Your connection is slow
error-slow-lead = What you sent did not arrive in time, so nothing was changed. Try again where the connection is better.
error-unreadable-title = This could not be read
error-unreadable-lead = Nothing was changed. Go back, load the page again and send it once more.
change-error-too-many = Too many changes at once. Nothing was saved. Wait { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}
error-too-many-title = Too many tries
error-too-many-lead = { $number ->
    [one] Wait { $number } minute, then try again.
   *[other] Wait { $number } minutes, then try again.
}
error-broken-title = Something broke on our side
error-broken-lead = Nothing you did is to blame. Try again in a while.
error-busy-title = Back in a moment
error-busy-lead = There is more to do than usual. Try again in a few seconds.
error-method-title = This cannot be done here
error-method-lead = Open the page by its address instead.

# Dates and devices
date-day = { $day } { $month } { $year }
date-moment = { $day }, { $time }
date-moment-utc = { $day }, { $time } UTC
date-month = { $month } { $year }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-alone-1 = January
month-alone-2 = February
month-alone-3 = March
month-alone-4 = April
month-alone-5 = May
month-alone-6 = June
month-alone-7 = July
month-alone-8 = August
month-alone-9 = September
month-alone-10 = October
month-alone-11 = November
month-alone-12 = December
ago-now = active now
ago-minutes = { $number ->
    [one] { $number } minute ago
   *[other] { $number } minutes ago
}
ago-hours = { $number ->
    [one] { $number } hour ago
   *[other] { $number } hours ago
}
ago-days = { $number ->
    [one] { $number } day ago
   *[other] { $number } days ago
}
device-name = { $browser } on { $system }
device-unknown = Unknown device

# Admins
count-at-least = { $number }+
copy = Copy
copied = Copied
done = Done
secret-once = You will not see this again.
span-minutes = { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
}
span-hours = { $number ->
    [one] { $number } hour
   *[other] { $number } hours
}
span-days = { $number ->
    [one] { $number } day
   *[other] { $number } days
}
field-organization = Organization
field-note = Note for admins
field-reason = Reason
problem-email-taken-other = Another account has this email
admin-status = Status
admin-role = Role
admin-seen = Last seen
admin-joined = Joined
admin-terms = Terms agreed to
admin-terms-agreed = Version { $version }, { $day }
admin-never = Never
admin-none = None
admin-active = Active
admin-disabled = Disabled
admin-member = Member
admin-admin = Admin
admin-somebody = Somebody
admin-list = All users
admin-table = Users table
admin-pages = Pages
admin-previous = Previous
admin-next = Next
admin-tab-all = All
admin-tab-active = Active
admin-tab-unconfirmed = Unconfirmed
admin-tab-bounces = Mail comes back
admin-tab-disabled = Disabled
admin-search = Search
admin-search-label = Search by name, username, email or ID
admin-search-hint = Name, username, email or ID
admin-search-clear = Clear search
admin-role-any = Any role
admin-users-shown = { $number } of { $total }
admin-users-none = Nobody here.
admin-users-no-match = Nobody matches “{ $query }”.
admin-choose = Choose { $name }
admin-chosen = With those chosen:
admin-nobody-chosen = Choose at least one person first.
admin-export = Download CSV
admin-export-all = Download all { $total }
admin-export-title = Download CSV?
admin-export-lead = The file holds personal data: names, usernames and emails. Keep it safe, and delete it when you are done.
admin-export-chosen = { $number ->
    [one] { $number } person you chose.
   *[other] { $number } people you chose.
}
admin-export-search = Everybody your search finds.
admin-enable = Enable
admin-disable = Disable
admin-delete = Delete
admin-save = Save changes
admin-yes = yes
admin-no = no
admin-empty = nothing
admin-saved-now = Saved now: <b><bdi>{ $value }</bdi></b>
admin-conflict = { $admin } changed this account while you were editing. Check and save again.
admin-conflict-somebody = Somebody changed this account while you were editing. Check and save again.
admin-email-hint = A new address must be confirmed.
admin-email-confirmed = The email is confirmed
admin-email-none = None
admin-confirmed = Confirmed
admin-unconfirmed = Not confirmed
admin-role-hint = Admins can do everything here.
admin-note-hint = Only admins see this here. It is part of the copy of their data that the person may download.
admin-public = Anyone can see the profile
admin-findable = Other apps can find the picture by the email
admin-password-set = Password set
admin-id = ID
admin-picture-none = No picture yet. The initials stand for it.
admin-help = Help or restrict
admin-own = This is your own account.
admin-error-last-admin = You cannot do this to the only admin
admin-error-self-delete = People may not delete their own account here
admin-reason-hint = It goes to the audit log.
admin-lifetime = The link works for
admin-password-title = Set a new password by link
admin-password-help = A link that works once, to hand over yourself
admin-password-open = Make link
admin-password-make = Make link
admin-password-lead = { $name } chooses the password; you never see it.
admin-password-effect-until = The old password works until the link is used.
admin-password-effect-then = Once it is used, all devices and tokens are logged out.
admin-password-effect-earlier = An earlier link works no more.
admin-send-to = Send it to { $email }
admin-send-hint = Then nobody but its recipient sees the link.
admin-create-send = Send the link to the email
admin-tell = Tell { $name } by email
admin-tell-all = Tell them by email
admin-tell-reason = Put the reason into the message
admin-tell-reason-hint = Only where the email is confirmed.
admin-link-title = A password link for { $name }
admin-link-lead = Give it to { $name } alone, by a way you trust. It works once, until { $until }.
admin-devices-title = Devices
admin-devices-count = { $number ->
    [0] Logged in nowhere
    [one] Logged in on { $number } device
   *[other] Logged in on { $number } devices
}
admin-devices-in = { $number } logged in
admin-devices-open = See devices
admin-devices-of = Devices of { $name }
admin-devices-lead = Browsers and programs that are logged in now.
admin-devices-none = Logged in nowhere.
admin-devices-end = Log out everywhere
admin-devices-end-title = Log { $name } out everywhere?
admin-devices-own = This is your own account: the device you use now stays logged in.
admin-devices-effect-tokens = Tokens of programs are good no more.
admin-devices-effect-password = The password stays: whoever knows it can log in again.
admin-disable-item = Disable this account
admin-disable-help = Nothing is lost, but nobody can log in
admin-disable-title = Disable { $name }?
admin-disable-lead = You can enable it again at any time.
admin-disable-effect-login = Nobody can log in to this account, on the pages or by a program.
admin-disable-effect-public = The public page and links for a new password stop working.
admin-disable-effect-kept = Profile, picture and names are kept.
admin-disable-button = Disable { $name }
admin-delete-item = Delete this account
admin-delete-help = Removes the profile, devices and tokens for good
admin-delete-title = Delete { $name }?
admin-delete-effect-public = The profile, picture and <b>{ $path }</b> go away at once.
admin-delete-effect-profile = The profile and picture go away at once.
admin-delete-effect-log = In the audit log only the ID stays.
admin-delete-keep = Keep the account
admin-delete-button = Delete { $name }
admin-create = Create a user
admin-create-lead = A username or an email is enough.
admin-create-button = Create user
admin-way-link = By a link that works for 24 hours
admin-way-password = I set it now
admin-way-password-hint = { $number } characters or longer. Tell it to the person by a way you trust.
admin-invite = Invite someone
admin-invite-lead = Whoever opens the link chooses a username and a password. It works once.
admin-invite-email-hint = It stands in the form at first. No message is sent.
admin-invite-email-hint-mail = It stands in the form at first.
admin-invite-send = Send it by email
admin-invite-make = Make link
admin-invites = Open invitations
admin-invites-none = No open invitations.
admin-invite-anybody = Anybody with the link
admin-invite-about = By { $name }, works until { $until }
admin-invite-link-title = Your invitation is ready
admin-invite-link-lead = Give it to the one you invite, by a way you trust. It works once, until { $until }.
admin-withdraw = Withdraw
admin-withdraw-title = Withdraw this invitation?
admin-withdraw-effect = The link works no more.
admin-withdraw-button = Withdraw invitation
admin-chosen-enable-title = { $number ->
    [one] Enable { $number } account?
   *[other] Enable { $number } accounts?
}
admin-chosen-enable-lead = Their owners can log in again.
admin-chosen-disable-title = { $number ->
    [one] Disable { $number } account?
   *[other] Disable { $number } accounts?
}
admin-chosen-disable-button = { $number ->
    [one] Disable { $number } account
   *[other] Disable { $number } accounts
}
admin-chosen-more = { $number ->
    [one] and { $number } more
   *[other] and { $number } more
}
admin-chosen-lead = You can enable them again at any time.
admin-chosen-effect = Their devices and tokens are logged out, and nobody can log in to these accounts.
admin-chosen-already = { $number ->
    [one] { $number } more is disabled already.
   *[other] { $number } more are disabled already.
}
admin-chosen-own = Your own account is one of them.
invite-lead = You are invited. Choose a username and a password.
forgot-title = Reset your password
forgot-lead = We will send you a link.
forgot-button = Send link
forgot-back = Back to log in
forgot-closed = No mail is sent from here, so no link can be.
sent-title = Check your email
forgot-sent = If { $email } has an account, a link is on its way. It works for 30 minutes.
forgot-sent-hint = Nothing there after a few minutes? Look in the spam folder, or whether the name is right.
forgot-again = Ask again
reset-title = Choose a new password
reset-lead = All your devices are logged out when you save it.
reset-button = Save password
reset-passkey = Save with a passkey
bad-link-title = This link is no longer good
bad-link-lead = It was used, withdrawn, or is too old. Ask whoever gave it to you for a new one.
bad-link-used = This link was used.
bad-link-expired = This link has run out.
bad-link-replaced = A newer one replaced this link.
bad-link-again = Send a new link
bad-link-button = Go to log in
confirm-title = Confirm your email
confirm-heading = Confirm { $email }
confirm-lead = One press, and it is confirmed.
confirm-button = Confirm email
confirm-elsewhere = This is another browser than the one that signed up. Enter the password that was chosen there.
confirm-elsewhere-passkey = This is another browser than the one that signed up with a passkey. Use that passkey.
confirm-passkey = Confirm with the passkey
confirm-passkey-script = Your browser needs JavaScript to use a passkey.
confirm-password = Password chosen at sign-up
confirm-new-heading = Not your password?
confirm-new-lead = Choose another one. Every device that is logged in to this account is logged out then.
confirm-new-heading-passkey = Not your passkey?
confirm-new-lead-passkey = Choose a password. That passkey opens nothing then, and every device that is logged in to this account is logged out.
confirm-new-button = Confirm with a new password
confirm-banner = Confirm { $email }: we sent a link to it, which works for 24 hours.
confirm-again = Send it again
confirm-change = Change the address
flash-email-confirmed = Your email is confirmed. You can log in now.
flash-email-confirmed-here = Your email is confirmed.
flash-confirm-sent = A message with a link is on its way. It works for 24 hours.
bad-link-sign-up = Sign up again
sent-lead = We sent a link and a code to { $email }. They work for 24 hours.
sent-button = Confirm
sent-other = Use another address
field-code = Code from the message
field-code-hint = Six digits. Only this browser takes them; the link works in any.
problem-code-missing = Enter the six digits of the message
problem-code-wrong = This is not the code of the message
code-error-too-many = Too many wrong codes. Open the link in the message instead: it still works.
flash-user-saved = Changes to { $name } are saved.
flash-user-created = { $name } can log in now.
flash-user-disabled = { $name } is disabled.
flash-user-enabled = { $name } is enabled.
flash-user-deleted = The account is deleted.
flash-link-sent = The link is on its way to { $name }.
flash-invite-sent = The invitation is on its way.
flash-users-enabled = { $number ->
    [one] { $number } account is enabled.
   *[other] { $number } accounts are enabled.
}
flash-users-disabled = { $number ->
    [one] { $number } account is disabled.
   *[other] { $number } accounts are disabled.
}
flash-warn-users-disabled-but-one = { $number ->
    [one] { $number } account is disabled. One is left as it was: you cannot do this to the only admin.
   *[other] { $number } accounts are disabled. One is left as it was: you cannot do this to the only admin.
}
flash-their-picture-saved = The picture of { $name } is saved.
flash-their-picture-uploaded = The picture of { $name } is saved. You can still move it below.
flash-their-picture-removed = The picture of { $name } is removed.
flash-their-devices-none = { $name } was logged in nowhere.
flash-invite-withdrawn = The invitation is withdrawn.
flash-invite-gone = This invitation was used or withdrawn already.
flash-password-set = Your password is changed. Log in with the new one.

# Mails
mail-footer = { $brand } has sent you this message.
mail-footer-support = Questions? Write to { $support }.
mail-button-fallback = If the button does nothing, copy this address into your browser:
mail-link-until = The link works once, until { $time }.
mail-asked-at = Asked for on { $time }.
mail-asked-with = Asked for with { $device } on { $time }.
mail-password-reset-subject = Set a new password for { $brand }
mail-password-reset-heading = Choose a new password
mail-password-reset-lead = Someone asked for a new password for your account at { $brand }. Choose one on the page that this link opens.
mail-password-reset-button = Choose a new password
mail-password-reset-not-you = Not you? Then do nothing: your password stays as it is.
mail-password-changed-subject = Your { $brand } password was changed
mail-password-changed-heading = Your password was changed
mail-password-changed-lead = The password of your account at { $brand } was changed on { $time }. The devices that were logged in with the old one are logged out.
mail-password-changed-button = Not you? Set another password
mail-password-changed-not-you = Was it you? Then all is well, and there is nothing to do.
mail-no-account-subject = There is no account of yours at { $brand }
mail-no-account-heading = There is no account here
mail-no-account-lead = Someone asked for a new password at { $brand } with this address, but no account has it. Perhaps yours has another address.
mail-no-account-not-you = Not you? Then there is nothing to do.
mail-reason = The reason given: { $reason }
mail-email-change-subject = Confirm your new email for { $brand }
mail-email-change-heading = Confirm your new email
mail-email-change-lead = This address is to be the email of an account at { $brand }. The link below leads to a page where you confirm that.
mail-email-change-button = Confirm this email
mail-email-change-not-you = Not you? Then do nothing: nothing changes.
mail-email-taken-subject = You have an account at { $brand } already
mail-email-taken-heading = You have an account already
mail-email-taken-lead = Somebody, perhaps you, wanted this address for another account at { $brand }. It is the email of an account already, so nothing was changed.
mail-email-taken-button = Log in
mail-email-taken-not-you = Not you? Then there is nothing to do.
mail-email-change-asked-subject = Your { $brand } email is about to change
mail-email-change-asked-heading = Another email was asked for
mail-email-change-asked-lead = For your account at { $brand } another email was asked for. It changes when the new address confirms it; until then this one stays.
mail-email-change-asked-to = The new email would be { $address }.
mail-email-change-asked-button = Stop this
mail-email-change-asked-not-you = Was it you? Then there is nothing to do here. Was it not? Then stop it, and set another password: whoever asked knows the one you have.
mail-email-changed-subject = Your { $brand } email was changed
mail-email-changed-heading = Your email was changed
mail-email-changed-lead = The email of your account at { $brand } was changed on { $time }. This address is not its email any more.
mail-email-changed-to = The new email is { $address }.
mail-email-changed-button = Take my address back
mail-email-changed-not-you = Was it you? Then all is well. Was it not? The link takes the change back, with the password that you had then.
mail-email-change-done-subject = This is your { $brand } email now
mail-email-change-done-heading = Your email is changed
mail-email-change-done-lead = This address is the email of your account at { $brand } since { $time }. You log in with it.
mail-email-replaced-subject = Your { $brand } email was changed
mail-email-replaced-heading = Your email was changed
mail-email-replaced-lead = On { $time } another email was set for your account at { $brand }. This address is not its email any more.
mail-email-replaced-not-you = You did not expect this? Ask whoever runs { $brand }.
mail-account-disabled-subject = Your { $brand } account is disabled
mail-account-disabled-heading = Your account is disabled
mail-account-disabled-lead = Your account at { $brand } was disabled on { $time }. Nobody can log in to it; nothing of it is lost.
mail-account-enabled-subject = Your { $brand } account is enabled
mail-account-enabled-heading = Your account is enabled again
mail-account-enabled-lead = Your account at { $brand } was enabled again on { $time }. You can log in.
mail-account-deleted-subject = Your { $brand } account is deleted
mail-account-deleted-heading = Your account is deleted
mail-account-deleted-lead = Your account at { $brand } was deleted on { $time }, with everything in it.
mail-role-given-subject = You are an admin at { $brand }
mail-role-given-heading = You are an admin now
mail-role-given-lead = Since { $time } your account at { $brand } may edit those of others.
mail-role-taken-subject = You are no longer an admin at { $brand }
mail-role-taken-heading = You are no longer an admin
mail-role-taken-lead = Since { $time } your account at { $brand } may no longer edit those of others.
mail-new-device-subject = New log-in to { $brand }
mail-new-device-heading = A new device was logged in
mail-new-device-lead = { $device } was logged in to your account at { $brand } on { $time }. It had not been logged in there before.
mail-new-device-button = Not you? Set another password
mail-new-device-not-you = Was it you? Then there is nothing to do. You can switch these messages off under “Security”.
mail-password-link-subject = Choose a password for { $brand }
mail-password-link-heading = Choose a password
mail-password-link-lead = An admin of { $brand } sends you this link. It leads to a page where you choose the password of your account.
mail-password-link-button = Choose a password
mail-password-link-not-you = You did not expect this? Then do nothing: nothing changes.
mail-invitation-subject = You are invited to { $brand }
mail-invitation-heading = You are invited
mail-invitation-lead = An admin of { $brand } invites you to open an account there.
mail-invitation-button = Open an account
mail-invitation-not-you = You did not expect this? Then do nothing: no account is opened.
mail-confirm-email-subject = Confirm your email for { $brand }
mail-confirm-email-heading = Confirm your email
mail-confirm-email-lead = An account at { $brand } was opened with this address. The link below leads to a page where you confirm that the address is yours.
mail-confirm-email-button = Confirm email
mail-confirm-email-not-you = Not you? Then do nothing, and the address stays unconfirmed.
mail-confirm-sign-up-subject = { $code } is your { $brand } code
mail-confirm-sign-up-heading = Confirm your email
mail-confirm-sign-up-lead = Somebody, probably you, signed up at { $brand } with this address. Type the code where you signed up, or open the link anywhere.
mail-confirm-sign-up-button = Confirm email
mail-confirm-sign-up-not-you = Not you? Then do nothing, and no account is opened. Tell the code to nobody.
mail-account-exists-subject = You have an account at { $brand } already
mail-account-exists-heading = You have an account already
mail-account-exists-lead = Somebody, probably you, signed up at { $brand } with this address, which has an account. Log in with it.
mail-account-exists-button = Log in
mail-account-exists-reset = Forgot the password? Choose another one: { $address }
mail-account-exists-not-you = Not you? Then do nothing: your account stays as it is.
mail-test-subject = Test message from { $brand }
mail-test-heading = Mail arrives
mail-test-lead = This is a test. { $brand } can send mail to you.

# Two-factor
continue = Continue
remove = Remove
verify-title = Enter your code
verify-lead = Open your authenticator app.
verify-lead-recovery = Take one of your recovery codes.
verify-code = Code
verify-code-hint = Six digits of your authenticator app, or a recovery code
verify-recovery = Recovery code
verify-recovery-hint = 16 letters and digits; dashes and case do not matter
verify-trust = Do not ask on this browser for { $number } days
verify-use-recovery = Use a recovery code
verify-start-again = Start again
verify-support = Lost your phone and your codes? Write to <a href="mailto:{ $support }">{ $support }</a>.
verify-error-too-many = Too many wrong codes. Wait { $number ->
    [one] one minute
   *[other] { $number } minutes
} and try again.
problem-second-factor-missing = Enter a code
problem-second-factor-wrong = This code is not right or was used already. Wait for the next one.
problem-saved-missing = Save the codes first, then tick the box
flash-verify-again = That took too long, or there were too many wrong codes. Log in again.
flash-few-codes = { $number ->
    [0] You have no recovery codes left. Make new ones under “Security”.
    [one] You have one recovery code left. Make new ones under “Security”.
   *[other] You have { $number } recovery codes left. Make new ones under “Security”.
}
flash-two-factor-on = Two-factor is on. Your other devices are logged out.
flash-app-added = The authenticator app is added.
flash-app-not-added = The authenticator app was not added.
flash-app-removed = The authenticator app is removed.
flash-app-renamed = The authenticator app is renamed.
flash-trust-ended = Your code is asked for at the next log-in in every browser.
flash-two-factor-removed = Two-factor is removed.
two-factor-title = Two-factor
two-factor-on = On
two-factor-help-on = A code or a key is asked for after your password.
two-factor-help-passkey = Your passkey is two factors in one: what you have, and your finger, face or PIN.
two-factor-help-off = Ask for a code after your password, so that it alone lets nobody in.
two-factor-set-up = Set up
two-factor-manage = Manage
two-factor-owed = You need a second factor here. Add one to go on.
two-factor-lead-on = After your password we ask for a second factor.
two-factor-lead-off = With a second factor nobody gets in with your password alone.
two-factor-apps = Authenticator apps
two-factor-apps-lead = An app on your phone shows a new code every 30 seconds.
two-factor-app = Authenticator app
two-factor-added = Added { $day }
two-factor-used = last used { $ago }
two-factor-add-app = Add an authenticator app
two-factor-confirm-first = Confirm your email first: it is how you hear about changes.
two-factor-confirm-open = Email
two-factor-remove-title = Remove { $name }?
two-factor-remove-effect = Its codes are not taken any more. Remove the entry in the app, too.
two-factor-remove-off = Two-factor is turned off: your password alone logs you in.
two-factor-remove-codes = Your recovery codes are of no use any more.
enrol-title = Add an authenticator app
enrol-step-1 = Step 1 of 2
enrol-step-2 = Step 2 of 2
enrol-lead = Any app for one-time codes will do.
enrol-scan = Scan this with your app
enrol-scan-lead = Or type the key into the app, if it cannot scan.
enrol-qr = QR code for your authenticator app
enrol-open = Open in an app on this device
enrol-key = Key
enrol-code = Enter what the app shows
enrol-code-label = Code
enrol-code-hint = Six digits
enrol-name = Name
enrol-name-hint = Such as the phone that the app is on
recovery-title = Recovery codes
recovery-lead = Each lets you in once when your phone or key is lost.
recovery-left = { $number ->
    [0] None left
    [one] One left
   *[other] { $number } left
}
recovery-made = made { $day }
recovery-new = Make new codes
recovery-save-title = Save your recovery codes
recovery-save-lead = Keep them where you find them without your phone: on paper, or with your passwords. Without them and without your second factor only an admin can help.
welcome-codes-lead = Your account is open. Keep these where you find them without your passkey: when it is lost, each helps you once to set a password. Without them and without your passkey only an admin can help.
recovery-once = You will not see these again. Each works once.
recovery-download = Download as text
recovery-print = Print
recovery-saved = I saved these codes
recovery-turn-on = Turn on two-factor
recovery-done = Done
trusted-title = Trusted browsers
trusted-count = { $number ->
    [0] Your code is asked for at every log-in.
    [one] In one browser your code is not asked for at log-in.
   *[other] In { $number } browsers your code is not asked for at log-in.
}
trusted-end = Ask in every browser again
admin-factors-title = Remove { $name }’s two-factor
admin-factors-item = Remove two-factor
admin-factors-help = When phone, keys and recovery codes are lost
admin-factors-lead = Be sure who asks: with the password alone they can log in afterwards.
admin-factors-effect = Authenticator apps, passkeys, security keys and recovery codes are removed.
admin-factors-devices = Every device of theirs is logged out.
admin-factors-told = They are told by email, if mail is sent.
admin-factors-button = Remove two-factor
admin-two-factor = Two-factor
admin-two-factor-on = On
admin-two-factor-off = Off
admin-two-factor-any = Any log-in
admin-two-factor-with = With two-factor
admin-two-factor-without = Without two-factor

# Passkeys
login-passkey = Log in with a passkey
login-error-passkey = This passkey does not log you in here. Try again, or use your password
login-error-passkey-expired = That took too long. Try again
verify-use-passkey = Use a passkey
verify-error-passkey = This passkey was not taken. Try again, or use another way
passkey-not-asked = No passkey was used. Try again when you are ready.
passkeys-title = Passkeys
passkeys-help = Log in with your fingerprint, your face or a security key.
passkeys-open = Show
passkeys-lead = A passkey logs you in with your fingerprint, face or a security key, without your password. Nobody can guess it or talk you out of it.
passkeys-none = No passkeys yet. A passkey logs you in with your fingerprint, face or a security key.
passkeys-add = Add a passkey
passkeys-add-key = Add a security key
passkeys-add-lead = Your browser asks you to confirm it is you, on this device, on your phone or with a security key.
passkeys-add-key-lead = Have your key ready: your browser asks you to plug it in or hold it near, and to touch it.
passkeys-add-first = Two-factor is turned on with it, and you get recovery codes. Your other devices are logged out, and apps that ask for your password alone need an app password then.
passkeys-name = Name
passkeys-name-hint = Where you keep it, so that you know which one it is
passkeys-passkey = Passkey
passkeys-security-key = Security key
passkeys-second-step = After the password
passkeys-backed-up = Synchronised
passkeys-elsewhere = made for { $domain }: of no use here
passkeys-change = Change
passkeys-script = Your browser needs JavaScript to make a passkey.
passkeys-unavailable = There are no passkeys here: browsers make them for https addresses with a name alone.
passkeys-cancelled = No passkey was added. Try again when you are ready.
passkeys-known = This device has a passkey of yours already.
passkeys-remove-effect = It does not log you in any more. Remove it on your device, too, if it is still there.
passkeys-error-expired = That took too long. Try again
passkeys-error-refused = What your browser made cannot be used here. Try again
flash-passkey-added = Your passkey is added.
flash-passkey-renamed = Your passkey is renamed.
flash-passkey-removed = Your passkey is removed.
flash-warn-passkeys-full = No passkey was added: you have as many as an account may have, or your email is to be confirmed first.
flash-warn-passkey-last = This passkey is your only way to log in. Set a password or add another one first.
mail-passkey-refused-subject = A passkey of yours was refused at { $brand }
mail-passkey-refused-heading = A passkey of yours may have been copied
mail-passkey-refused-lead = On { $time } a passkey of your account at { $brand } was used whose counter had gone back, as it does when somebody has copied it. It was refused. Remove it, and add a new one.
mail-passkey-refused-button = Not you? Set another password

# Mails about two-factor
mail-two-factor-on-subject = Two-factor is on at { $brand }
mail-two-factor-on-heading = Two-factor is on
mail-two-factor-on-lead = Your account at { $brand } asks for a second factor after the password since { $time }.
mail-two-factor-on-button = Not you? Set another password
mail-two-factor-on-not-you = Was it you? Then keep your recovery codes in a safe place.
mail-two-factor-off-subject = Two-factor is off at { $brand }
mail-two-factor-off-heading = Two-factor is off
mail-two-factor-off-lead = Your account at { $brand } asks for no second factor any more since { $time }: the password alone lets you in.
mail-two-factor-off-button = Not you? Set another password
mail-factor-added-subject = A second factor was added at { $brand }
mail-factor-added-heading = A second factor was added
mail-factor-added-lead = A second factor was added to your account at { $brand } on { $time }.
mail-factor-added-button = Not you? Set another password
mail-factor-removed-subject = A second factor was removed at { $brand }
mail-factor-removed-heading = A second factor was removed
mail-factor-removed-lead = A second factor was removed from your account at { $brand } on { $time }.
mail-factor-removed-button = Not you? Set another password
mail-recovery-codes-made-subject = New recovery codes at { $brand }
mail-recovery-codes-made-heading = New recovery codes
mail-recovery-codes-made-lead = New recovery codes were made for your account at { $brand } on { $time }. The old ones are of no use any more.
mail-recovery-codes-made-button = Not you? Set another password
mail-recovery-code-used-subject = A recovery code was used at { $brand }
mail-recovery-code-used-heading = A recovery code was used
mail-recovery-code-used-lead = One of the recovery codes of your account at { $brand } was used on { $time }. It is good no more.
mail-recovery-code-used-button = Not you? Set another password
mail-wrong-codes-subject = Somebody knows your { $brand } password
mail-wrong-codes-heading = Somebody knows your password
mail-wrong-codes-lead = On { $time } somebody gave the right password of your account at { $brand } and then wrong codes again and again. They did not get in.
mail-wrong-codes-button = Not you? Set another password
mail-wrong-codes-not-you = Was it you? Then check the clock of the phone that your app is on.

# App passwords
app-passwords-title = App passwords
app-passwords-help = Passwords for programs that cannot ask for a code.
app-passwords-open = Manage
app-passwords-lead = A program logs in with one in place of your password. It opens no page, and changes neither your password nor your email.
app-passwords-list = Your app passwords
app-passwords-end = They all end when your password changes, two-factor is turned on or you log out everywhere.
app-passwords-none = No app passwords yet. Older apps that cannot ask for a code use one instead of your password.
app-passwords-made = Made { $day }
app-passwords-used = used { $ago }
app-passwords-unused = never used
app-passwords-expires = runs out { $day }
app-passwords-new = New app password
app-passwords-expiry = Runs out
app-passwords-never = Never
app-passwords-days = { $number ->
    [one] In { $number } day
   *[other] In { $number } days
}
app-passwords-make = Make app password
app-passwords-made-lead = Log in with it as { $login }.
app-passwords-secret = Your new app password
app-passwords-once = Copy it now. You will not see this again.
app-passwords-many = You have as many app passwords as there may be. Remove one first
app-passwords-remove-title = Remove “{ $name }”
app-passwords-remove-effect = Programs that log in with it are logged out at once.
field-label = What it is for
field-label-hint = Such as the name of the app.
problem-label-missing = Say what it is for
flash-app-password-removed = The app password is removed.
mail-app-password-made-subject = A new app password at { $brand }
mail-app-password-made-heading = A new app password
mail-app-password-made-lead = An app password for your account at { $brand } was made on { $time }. A program can log in with it in place of your password.
mail-app-password-made-button = Not you? Set another password
