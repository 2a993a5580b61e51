# Все предложения страниц по-русски. Ключи те же, что в `en.ftl`.

meta-description = Ваша учётная запись в { $brand }.
skip = К содержанию
terms = Условия
privacy = Конфиденциальность
optional = (необязательно)
save = Сохранить
cancel = Отмена

# Вокруг каждой страницы
nav-main = Главное
nav-settings = Настройки
nav-account = Учётная запись
nav-menu = Меню учётной записи, { $name }
nav-logged-in-as = Вы вошли как <b>{ $login }</b>
nav-yours = Ваша учётная запись
nav-overview = Обзор
nav-profile = Профиль
nav-preferences = Почта и язык
nav-safety = Безопасность
nav-security = Вход и устройства
nav-data = Ваши данные
nav-download = Скачать данные
nav-delete = Удалить запись
nav-admin = Управление
nav-users = Пользователи
nav-audit = Журнал
nav-status = Состояние системы
admin-users-lead = У кого есть учётная запись и что ей позволено

# Сообщения о сделанном
flash-logged-out = Вы вышли.
flash-login-first = Войдите, чтобы продолжить.
flash-login-again = Вход устарел. Войдите, чтобы продолжить: всё введённое сохранено, кроме паролей.
flash-login-photo = Вход устарел. Войдите, чтобы продолжить, и выберите фото ещё раз: сохранить его не удалось.
flash-welcome = Добро пожаловать. Учётная запись готова.
flash-warn-unsaved = Ваши изменения ниже, но ещё не сохранены. Проверьте и сохраните ещё раз.
flash-profile-saved = Профиль сохранён.
flash-picture-saved = Фото сохранено.
flash-picture-uploaded = Фото сохранено. Его ещё можно сдвинуть ниже.
flash-picture-removed = Фото удалено.
flash-preferences-saved = Выбор сохранён.
flash-email-saved = Почта изменена.
flash-email-sent = Мы отправили ссылку на новый адрес. Почта сменится, когда вы её откроете.
flash-email-withdrawn = Почта остаётся прежней.
flash-email-kept = Почта остаётся прежней, а тот, кто просил её сменить, вышел. Это были не вы? Тогда кто-то знает ваш пароль: задайте другой.
flash-notices-saved = Сохранено.
flash-password-changed = Пароль изменён. На других устройствах выполнен выход.
flash-password-added = Пароль задан. На других устройствах выполнен выход.
flash-device-ended = На устройстве выполнен выход.
flash-devices-ended = { $number ->
    [0] Вы вошли только на этом устройстве.
    [one] Выход выполнен на { $number } устройстве.
    [few] Выход выполнен на { $number } устройствах.
   *[other] Выход выполнен на { $number } устройствах.
}
flash-first-admin = Вы первый администратор.

# Поля
field-email = Эл. почта
field-login = Эл. почта или имя пользователя
field-username = Имя пользователя
field-username-hint = Буквы, цифры, точки, дефисы и подчёркивания. Его видят все.
field-password = Пароль
field-password-hint = { $number } символов или больше, например несколько не связанных слов.
field-current = Нынешний пароль
field-current-hint = С которым вы входите сейчас
field-new = Новый пароль
field-new-hint = { $number } символов или больше
field-name = Имя
field-pronouns = Местоимения
field-bio = О себе
field-bio-hint = До 280 символов
field-count = Осталось символов: { $n }
field-over = Лишних символов: { $n }
field-location = Местоположение
field-website = Сайт
field-language = Язык
field-time-zone = Часовой пояс
field-theme = Оформление
password-show = Показать
password-hide = Скрыть
password-show-label = Показать: { $field }
password-hide-label = Скрыть: { $field }
theme-system = Как в системе
theme-light = Светлое
theme-dark = Тёмное

# Что не так
errors-title = Есть ошибка
error-prefix = Ошибка:
problem-missing = Заполните это поле
problem-short = Минимальное число символов: { $number }
problem-long = Максимальное число символов: { $number }
problem-characters = Используйте обычные буквы и знаки
problem-malformed = Выберите из списка
problem-taken = Уже занято
problem-taken-suggestion = Уже занято. Попробуйте { $suggestion }
problem-reserved = Это имя нужно самому сайту. Выберите другое
problem-leaked = Этот пароль есть в списках украденных. Выберите другой
problem-almost-leaked = Это украденный пароль, повторённый или с парой лишних знаков. Выберите другой
problem-pattern = Этот пароль — простая последовательность, её подбирают сразу. Выберите другой
problem-personal = Без имени пользователя, почты или названия сайта от этого пароля почти ничего не остаётся. Выберите другой
problem-wrong = Пароль не подходит
problem-email-missing = Введите адрес эл. почты
problem-email-malformed = Введите адрес вида name@example.com
problem-email-characters = В этом адресе есть невидимый символ
problem-email-taken = С этим адресом уже есть учётная запись. Войдите в неё
problem-login-missing = Введите адрес почты или имя пользователя
problem-username-missing = Введите имя пользователя
problem-username-characters = Только буквы, цифры, точки, дефисы и подчёркивания
problem-username-taken = Это имя занято
problem-username-taken-suggestion = Это имя занято. Попробуйте { $suggestion }
problem-username-reserved = Это имя нужно самому сайту. Выберите другое
problem-password-missing = Введите пароль
problem-password-short = Минимальное число символов в пароле: { $number }
problem-password-long = Максимальное число байт в пароле: { $number }
problem-new-missing = Введите пароль
problem-new-short = Минимальное число символов в пароле: { $number }
problem-new-long = Максимальное число байт в пароле: { $number }
problem-website-malformed = Введите полный адрес вида https://example.com
problem-terms-missing = Чтобы создать учётную запись, примите условия
problem-unproved = Введите свой пароль
problem-unconfirmed = Чтобы подтвердить, введите { $suggestion }
problem-photo-missing = Выберите фото
problem-photo-empty = Этот файл пуст. Выберите другой
problem-photo-slow = Медленное соединение: фото не пришло вовремя. Выберите файл поменьше или попробуйте там, где связь лучше
problem-photo-large = Файл больше { $number } МБ
problem-photo-kind = Это не изображение JPEG, PNG, WebP или GIF
problem-photo-heic = Фото HEIC здесь прочитать нельзя. Сохраните его как JPEG и выберите снова. На iPhone: Настройки › Камера › Форматы › Наиболее совместимые
problem-photo-type = Файлы { $name } здесь прочитать нельзя. Сохраните этот как JPEG или PNG и выберите снова
problem-photo-video = Это видео. Выберите фото
problem-photo-unsupported = Такое изображение прочитать нельзя. Сохраните его как обычный JPEG или PNG
problem-photo-damaged = Изображение повреждено или неполно. Выберите другое
problem-photo-transparent = На этом изображении ничего не видно: оно полностью прозрачное. Выберите другое
problem-photo-pixels = В изображении больше { $number } мегапикселей, а больше принять нельзя. Сохраните его поменьше или выберите другое
problem-photo-unstored = Сейчас фото сохранить нельзя, и ничего не изменилось. Попробуйте чуть позже
problem-photo-long = Изображение длиннее { $number } пикселей. Выберите другое
problem-photo-replaced = Фото тем временем изменилось, поэтому ничего не сделано. Вот нынешнее

# Входная дверь
home-title = Добро пожаловать
home-heading = Добро пожаловать в { $brand }
home-lead = Создайте учётную запись или войдите в свою.
signup-title = Создайте учётную запись
signup-known = Уже есть? <a href="/login">Войдите</a>
signup-button = Создать запись
signup-passkey = Создать с ключом доступа
signup-passkey-cancelled = Ключ доступа не создан, учётная запись тоже. Попробуйте ещё раз, когда будете готовы.
signup-closed = Новые учётные записи — только по приглашению.
signup-terms = Принимаю <a href="{ $terms }" target="_blank" rel="noopener">условия</a>
signup-terms-privacy = Принимаю <a href="{ $terms }" target="_blank" rel="noopener">условия</a> и <a href="{ $privacy }" target="_blank" rel="noopener">правила конфиденциальности</a>
signup-honeypot = Оставьте это поле пустым
signup-again-soon = Слишком быстро. Введите пароль ещё раз и снова нажмите кнопку
signup-again-old = Форма была открыта слишком долго. Введите пароль ещё раз и снова нажмите кнопку
signup-again-filled = Заполнено скрытое поле. Введите пароль ещё раз и снова нажмите кнопку
signup-again-passkey = Это было быстро или форма была открыта слишком долго. Нажмите кнопку ещё раз
signup-error-too-many = Из вашей сети слишком много попыток. Подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[other] { $number } минут
}
signup-error-too-many-plain = Из вашей сети создано слишком много учётных записей. Включите JavaScript или подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[many] { $number } минут
}
login-title = Вход
login-heading = С возвращением
login-new = Впервые здесь? <a href="/signup">Создайте учётную запись</a>
login-button = Войти
login-remember = Не выходить { $number ->
    [one] { $number } день
    [few] { $number } дня
   *[other] { $number } дней
}
login-support = Не получается войти? Напишите на <a href="mailto:{ $support }">{ $support }</a>
login-error-mismatch = Почта или пароль не подходят. Попробуйте ещё раз
login-error-too-many = Слишком много попыток. Подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[other] { $number } минут
}
login-error-disabled = Эта учётная запись отключена
login-error-disabled-support = Эта учётная запись отключена. Напишите на { $support }
login-error-cookies = Ваш браузер не сохраняет cookie этого сайта. Разрешите их, чтобы войти
login-forgot = Забыли пароль?
login-error-mismatch-reset = Почта или пароль не подходят. Попробуйте ещё раз или задайте новый пароль
login-error-too-many-reset = Слишком много попыток. Подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[many] { $number } минут
} или задайте новый пароль
logout-title = Выйти?
logout-lead = Это устройство забудет вашу учётную запись до следующего входа.
logout-button = Выйти
logout-stay = Остаться
goodbye-title = Учётная запись удалена.
goodbye-lead = Всё, что мы о вас хранили, стёрто.
goodbye-button = На главную
welcome-title = Добро пожаловать
welcome-heading = Здравствуйте, { $name }
welcome-lead = Добавьте фото и имя, если хотите. Их всегда можно изменить.
welcome-save = Сохранить и продолжить
welcome-skip = Пропустить
reauth-title = Подтвердите, что это вы
reauth-lead = Введите пароль, чтобы продолжить.
reauth-lead-passkey = Используйте ключ доступа, чтобы продолжить.
reauth-passkey-script = Чтобы использовать ключ доступа, браузеру нужен JavaScript.
reauth-button = Продолжить
setup-title = Создайте первого администратора
setup-lead = Ссылка действует один раз. Кто ей воспользуется, сможет менять учётную запись каждого.
setup-button = Создать администратора
setup-claim = Сделать { $name } первым администратором

# Учётная запись
overview-title = Здравствуйте, { $name }
overview-bounces = Письма на { $email } возвращаются.
overview-bounces-check = Проверьте адрес
overview-leaked = Этот пароль есть в списках украденных: с них начинают подбор.
overview-leaked-change = Смените пароль
overview-passkey = На этом устройстве можно входить по отпечатку пальца, лицу или PIN-коду, без пароля.
overview-passkey-no = Не здесь
admin-bounces = Письма возвращаются с { $moment }
overview-add-picture = Добавить фото
overview-see-public = Открытая страница
overview-profile-picture = Имя, фото и рассказ о себе
overview-profile-plain = Фото пока нет
overview-public = Открытая страница
overview-public-on = Включена: её видят все
overview-public-off = Выключена: её не видит никто
overview-preferences = Язык, часовой пояс, оформление
overview-devices = { $number ->
    [one] Вход на { $number } устройстве
    [few] Вход на { $number } устройствах
   *[other] Вход на { $number } устройствах
}
overview-data = Копия всего, что мы о вас храним
overview-delete = Целиком и навсегда
profile-lead = Что о вас видят другие.
profile-see = Посмотреть открытую страницу
profile-about = О вас
profile-username-hint = По этому адресу видна ваша открытая страница. Прежняя ссылка работает ещё 30 дней после смены имени.
profile-public = Мой профиль виден всем
profile-public-hint = Если выключить, его не увидит никто.
profile-findable = Другие приложения могут найти моё фото по эл. почте
profile-findable-hint = Приложения, которые уже знают ваш адрес, смогут показать ваше фото. Больше они ничего не увидят и не узнают здесь адрес.
profile-note = Изменения сразу видны на открытой странице.
profile-save = Сохранить профиль
picture-title = Фото профиля
picture-none = Фото пока нет. Вместо него — ваши инициалы.
picture-adjust = Выберите ползунками, что будет видно, или возьмите другое фото.
picture-unsaved = Новое фото ещё не сохранено. Двигайте его или ползунки, пока не понравится.
picture-moved = Так будет выглядеть фото. Оно ещё не сохранено.
picture-stage = Ваше фото
picture-previews = Как это будет выглядеть
picture-zoom = Крупнее
picture-x = Слева направо
picture-y = Сверху вниз
picture-turn-left = Повернуть влево
picture-turn-right = Повернуть вправо
picture-mirror = Отразить
picture-preview = Обновить вид
picture-choose = Выбрать фото
picture-another = Выбрать другое
picture-hint = JPEG, PNG, WebP или GIF, до { $number } МБ
picture-hint-any = JPEG, PNG, WebP, GIF и всё, что показывает ваш браузер. Большое фото уменьшится перед отправкой.
picture-nojs = Сначала берётся середина фото; после загрузки его можно сдвинуть и повернуть. Если фото с iPhone не принято, выберите «Настройки › Камера › Форматы › Наиболее совместимые» и снимите заново или сохраните его как JPEG.
picture-progress = Загрузка
picture-failed = Загрузка не закончилась, ничего не изменилось. Проверьте связь и попробуйте ещё раз
picture-slow = Связь медленная: фото не успело дойти. Попробуйте ещё раз
picture-held = Новое фото ещё не сохранено
picture-held-moved = Изменения фото ещё не сохранены
picture-held-typed = Введённое на этой странице ещё не сохранено
picture-save-both = Сохранить всё
picture-save-one = Продолжить без этого
picture-upload = Загрузить
picture-save = Сохранить фото
picture-remove = Убрать фото
preferences-lead = Как с вами связаться и как выглядят эти страницы.
preferences-email = Входите с ним. Другие его не видят.
preferences-email-save = Сменить почту
email-waiting = Ждёт подтверждения: { $email }
email-waiting-until = Мы отправили туда ссылку. Почта сменится, когда её откроют, до { $until }.
email-waiting-again = Отправить ещё раз
email-waiting-withdraw = Оставить прежнюю
email-change-title = Подтвердите новую почту
email-change-lead = После этого вы входите с { $email }. В других браузерах будет выполнен выход.
email-change-button = Подтвердить { $email }
email-change-again = Попросить снова
email-stop-title = Остановить смену почты
email-stop-lead = Вашей почтой останется { $email }. Там, где просили её сменить, будет выполнен выход.
email-stop-button = Оставить { $email }
email-undo-title = Вернуть свой адрес
email-undo-lead = Вашей почтой снова станет { $email }. На всех устройствах будет выполнен выход, и вы сразу выберете новый пароль.
email-undo-button = Вернуть мой адрес
email-undo-hint = Тот, что был у вас, когда почту сменили; если за неделю до этого его сменило приложение — тот, что был раньше
preferences-title = Язык и вид
preferences-language-browser = Как в браузере
preferences-zone-utc = UTC
security-lead = Как вы входите и где вы вошли сейчас.
security-password-lead = Изменён { $day }. После смены на других устройствах нужно будет войти снова.
security-change = Сменить пароль
security-no-password = Его нет: вы входите с ключом доступа.
security-add-password = Задать пароль
security-add-password-lead = При входе с ним понадобится и ключ доступа или код восстановления. На других устройствах будет выполнен выход.
security-devices = Где вы вошли
security-devices-lead = Не узнаёте устройство? Выйдите на нём и смените пароль.
security-this = Это устройство
security-program = программа через API
security-only = Вы вошли только на этом устройстве.
security-notices = Письма
security-notices-devices = Писать мне о входе в новом браузере
security-notices-hint = О смене пароля, почты и роли мы пишем в любом случае.
security-end-others = Выйти везде, кроме этого
data-lead = Копия всего, что мы о вас храним.
data-title = Ваша копия
data-what = Файл zip, в котором:
data-account = учётная запись и профиль, в JSON
data-devices = устройства, на которых вы вошли, в JSON
data-history = что делали с вашей учётной записью, в JSON
data-pictures = фото профиля во всех размерах, что мы храним
data-note = Копия собирается сразу, это секунда.
data-button = Скачать мои данные
data-link = Скачать данные
delete-title = Удалить учётную запись?
delete-lead = Это навсегда. Вернуть её не сможет никто, мы тоже.
delete-what = Что произойдёт
delete-effect-public = Профиль, фото и <b>{ $path }</b> сразу исчезнут.
delete-effect-profile = Профиль и фото сразу исчезнут.
delete-effect-devices = { $number ->
    [0] Сейчас вход не выполнен ни на одном устройстве.
    [one] Выход будет выполнен на <b>{ $number } устройстве</b>.
    [few] Выход будет выполнен на <b>{ $number } устройствах</b>.
   *[other] Выход будет выполнен на <b>{ $number } устройствах</b>.
}
delete-effect-name = Имя <b>{ $word }</b> с этого времени свободно для других.
delete-copy-first = Сначала нужна копия? Это секунда.
delete-confirm = Введите <bdi>{ $word }</bdi>
delete-confirm-username = Введите имя пользователя, <bdi>{ $word }</bdi>
delete-confirm-email = Введите свою почту, <bdi>{ $word }</bdi>
delete-sure = Вы уверены?
delete-keep = Оставить запись
delete-button = Удалить мою запись
delete-error-last-admin = Вы единственный администратор. Сначала назначьте другого
user-description = Открытая страница: { $name }.
user-joined = Здесь с: { $month }
user-edit = Изменить профиль

# Что сделано: самим человеком, администратором без имени или с именем, сервисом, оператором
act-logged-in = Вход выполнен
act-wrong-password = { $number ->
    [one] Неверный пароль
    [few] Неверный пароль, { $number } попытки
   *[other] Неверный пароль, { $number } попыток
}
act-refresh-replayed = Использованный токен пришёл снова, поэтому вход прекращён
act-signed-up = Учётная запись создана самостоятельно
act-device-ended = { $who ->
    [admin] Выход на устройстве выполнен администратором
    [person] Выход на устройстве выполнен администратором { $name }
    [service] Выход на устройстве выполнен другим сервисом
    [operator] Выход на устройстве выполнен оператором
   *[own] Выход на устройстве выполнен
}
act-devices-ended = { $who ->
    [admin] Выход на устройствах выполнен администратором
    [person] Выход на устройствах выполнен администратором { $name }
    [service] Выход на устройствах выполнен другим сервисом
    [operator] Выход на устройствах выполнен оператором
   *[own] Выход на устройствах выполнен
}
act-logged-out = { $who ->
    [admin] Выход выполнен администратором
    [person] Выход выполнен администратором { $name }
    [service] Выход выполнен другим сервисом
    [operator] Выход выполнен оператором
   *[own] Выход выполнен
}
act-wrong-code = { $number ->
    [one] Неверный код после верного пароля
    [few] Неверный код после верного пароля, { $number } попытки
   *[other] Неверный код после верного пароля, { $number } попыток
}
act-password-alone = Верный пароль отклонён: этот способ входа не спрашивает второй шаг
act-passkey-refused = Ключ доступа отклонён: возможно, его скопировали
act-two-factor-on = Двухфакторный вход включён
act-two-factor-off = { $who ->
    [admin] Двухфакторный вход снят администратором
    [person] Двухфакторный вход снят администратором { $name }
    [service] Двухфакторный вход снят другим сервисом
    [operator] Двухфакторный вход снят оператором
   *[own] Двухфакторный вход выключен
}
act-factor-added = Второй фактор добавлен
act-factor-renamed = Второй фактор переименован
act-factor-removed = Второй фактор удалён
act-app-password-made = Создан пароль приложения
act-app-password-revoked = Удалён пароль приложения
act-recovery-codes-made = Созданы новые коды восстановления
act-recovery-code-used = Использован код восстановления
act-trust-ended = Второй шаг снова спрашивается в каждом браузере
act-password-changed = { $who ->
    [admin] Пароль изменён администратором
    [person] Пароль изменён администратором { $name }
    [service] Пароль изменён другим сервисом
    [operator] Пароль изменён оператором
   *[own] Пароль изменён
}
act-password-link-made = { $who ->
    [admin] Ссылка для нового пароля создана администратором
    [person] Ссылка для нового пароля создана администратором { $name }
    [service] Ссылка для нового пароля создана другим сервисом
    [operator] Ссылка для нового пароля создана оператором
   *[own] Ссылка для нового пароля создана
}
act-password-reset-asked = По почте запрошена ссылка для нового пароля
act-email-changed = { $who ->
    [admin] Эл. почта изменена администратором
    [person] Эл. почта изменена администратором { $name }
    [service] Эл. почта изменена другим сервисом
    [operator] Эл. почта изменена оператором
   *[own] Эл. почта изменена
}
act-email-change-asked = Запрошена смена почты
act-email-change-stopped = Смена почты остановлена
act-email-change-undone = Смена почты отменена
act-mail-bounced = Письмо на этот адрес вернулось
act-username-changed = { $who ->
    [admin] Имя пользователя изменено администратором
    [person] Имя пользователя изменено администратором { $name }
    [service] Имя пользователя изменено другим сервисом
    [operator] Имя пользователя изменено оператором
   *[own] Имя пользователя изменено
}
act-profile-changed = { $who ->
    [admin] Профиль изменён администратором
    [person] Профиль изменён администратором { $name }
    [service] Профиль изменён другим сервисом
    [operator] Профиль изменён оператором
   *[own] Профиль изменён
}
act-preferences-changed = { $who ->
    [admin] Язык или оформление изменены администратором
    [person] Язык или оформление изменены администратором { $name }
    [service] Язык или оформление изменены другим сервисом
    [operator] Язык или оформление изменены оператором
   *[own] Язык или оформление изменены
}
act-picture-set = { $who ->
    [admin] Фото изменено администратором
    [person] Фото изменено администратором { $name }
    [service] Фото изменено другим сервисом
    [operator] Фото изменено оператором
   *[own] Фото изменено
}
act-picture-removed = { $who ->
    [admin] Фото удалено администратором
    [person] Фото удалено администратором { $name }
    [service] Фото удалено другим сервисом
    [operator] Фото удалено оператором
   *[own] Фото удалено
}
act-created = { $who ->
    [admin] Учётная запись создана администратором
    [person] Учётная запись создана администратором { $name }
    [service] Учётная запись создана другим сервисом
    [operator] Учётная запись создана оператором
   *[own] Учётная запись создана
}
act-invited = { $who ->
    [admin] Приглашение создано администратором
    [person] Приглашение создано администратором { $name }
    [service] Приглашение создано другим сервисом
    [operator] Приглашение создано оператором
   *[own] Приглашение создано
}
act-invite-withdrawn = { $who ->
    [admin] Приглашение отозвано администратором
    [person] Приглашение отозвано администратором { $name }
    [service] Приглашение отозвано другим сервисом
    [operator] Приглашение отозвано оператором
   *[own] Приглашение отозвано
}
act-note-changed = { $who ->
    [admin] Заметка для администраторов изменена администратором
    [person] Заметка для администраторов изменена администратором { $name }
    [service] Заметка для администраторов изменена другим сервисом
    [operator] Заметка для администраторов изменена оператором
   *[own] Заметка для администраторов изменена
}
act-disabled = { $who ->
    [admin] Учётная запись отключена администратором
    [person] Учётная запись отключена администратором { $name }
    [service] Учётная запись отключена другим сервисом
    [operator] Учётная запись отключена оператором
   *[own] Учётная запись отключена
}
act-enabled = { $who ->
    [admin] Учётная запись включена администратором
    [person] Учётная запись включена администратором { $name }
    [service] Учётная запись включена другим сервисом
    [operator] Учётная запись включена оператором
   *[own] Учётная запись включена
}
act-deleted = { $who ->
    [admin] Учётная запись удалена администратором
    [person] Учётная запись удалена администратором { $name }
    [service] Учётная запись удалена другим сервисом
    [operator] Учётная запись удалена оператором
   *[own] Учётная запись удалена
}
act-promoted = { $who ->
    [admin] Права администратора даны администратором
    [person] Права администратора даны администратором { $name }
    [service] Права администратора даны другим сервисом
    [operator] Права администратора даны оператором
   *[own] Права администратора даны
}
act-demoted = { $who ->
    [admin] Права администратора сняты администратором
    [person] Права администратора сняты администратором { $name }
    [service] Права администратора сняты другим сервисом
    [operator] Права администратора сняты оператором
   *[own] Права администратора сняты
}
act-imported = { $who ->
    [admin] Учётные записи загружены администратором
    [person] Учётные записи загружены администратором { $name }
    [service] Учётные записи загружены другим сервисом
    [operator] Учётные записи загружены оператором
   *[own] Учётные записи загружены
}
act-exported = { $who ->
    [admin] Данные выгружены администратором
    [person] Данные выгружены администратором { $name }
    [service] Данные выгружены другим сервисом
    [operator] Данные выгружены оператором
   *[own] Данные выгружены
}
act-data-downloaded = { $who ->
    [admin] Копия данных скачана администратором
    [person] Копия данных скачана администратором { $name }
    [service] Копия данных скачана другим сервисом
    [operator] Копия данных скачана оператором
   *[own] Копия данных скачана
}
change-line = { $field }: { $before } → { $after }
change-first = { $field }: { $after }
change-yes = да
change-no = нет
change-username = Имя пользователя
change-email = Эл. почта
change-email-confirmed = Почта подтверждена
change-name = Имя
change-first-name = Первое имя
change-last-name = Фамилия
change-organization = Организация
change-pronouns = Местоимения
change-bio = О себе
change-location = Местоположение
change-website = Сайт
change-public-profile = Открытый профиль
change-findable-by-email = Находится по почте
change-language = Язык
change-time-zone = Часовой пояс
change-theme = Оформление
change-new-devices-told = Сообщать о новых устройствах
change-is-admin = Администратор
change-terms = Принятые условия
change-note = Заметка
topic-log-ins = Входы
topic-passwords = Пароли
topic-security = Двухфакторный вход
topic-profiles = Профили
topic-accounts = Учётные записи
topic-admins = Права администраторов
topic-data = Выгрузка и загрузка
door-pages = Страницы
door-django = API Django
door-fastapi = API FastAPI
door-clark = API CLARK
door-oauth = API токенов
door-grpc = gRPC
door-mail = Почта
door-command-line = Командная строка
who-service = Сервис
who-operator = Оператор
who-stranger = Кто-то без входа

# Журнал и история своей учётной записи
audit-lead = Кто, что и с кем сделал, и откуда.
audit-table = Журнал
audit-when = Когда
audit-who = Кто
audit-what = Что
audit-whom = С кем
audit-address = Адрес
audit-who-hint = Имя или почта
audit-whom-hint = Имя или почта
audit-topic = Что
audit-topic-any = Что угодно
audit-from = С
audit-to = По
audit-filter = Показать
audit-clear = Показать всё
audit-csv = Скачать CSV
audit-none = За это время ничего не было.
audit-nobody = Никого не зовут «{ $name }».
audit-gone = удалён
audit-pages = Части списка
audit-newer = Новее
audit-older = Раньше
audit-recent = Последние действия
audit-recent-none = Пока ничего.
audit-recent-all = Все действия
audit-retention = { $number ->
    [one] Хранится { $number } день.
    [few] Хранится { $number } дня.
   *[other] Хранится { $number } дней.
}
history-title = История учётной записи
history-lead = Что делали с вашей учётной записью, сначала новое. Если это были не вы, смените пароль.
history-help = Входы, изменения и кто их сделал
history-open = Показать
history-none = Пока ничего не было.

# Что находят доктор и страница состояния, и что с этим делать
doctor-subject-address = адрес
doctor-subject-proxy = прокси
doctor-subject-proxies = доверенные прокси
doctor-subject-seen = этот запрос
doctor-subject-internal = внутренний адрес
doctor-subject-breached = украденные пароли
doctor-subject-doors = REST и gRPC
doctor-subject-limits = ограничения
doctor-subject-open-files = открытые файлы
doctor-subject-cookies = cookie
doctor-subject-passkeys = ключи доступа
doctor-subject-key = SECRET_KEY
doctor-subject-token-keys = ключи токенов
doctor-subject-dialects = диалекты REST
doctor-subject-files = файлы
doctor-subject-database = база данных
doctor-subject-names = имена
doctor-subject-media = хранилище фото
doctor-subject-clock = часы
doctor-subject-broker = брокер
doctor-subject-redis = Redis
doctor-subject-mail = почта
doctor-subject-pictures = файлы фото
doctor-address = люди приходят по адресу { $url }
doctor-address-local = только для этого компьютера
doctor-address-local-fix = для других задайте PORTICO_PUBLIC_URL
doctor-address-proxy = люди приходят по адресу { $url } через прокси, но PORTICO_TRUSTED_PROXIES не задан: у всех посетителей адрес прокси и один лимит на всех
doctor-address-proxy-fix = укажите в нём адрес прокси, например 127.0.0.1
doctor-address-open = открыт для других компьютеров без PORTICO_PUBLIC_URL: cookie не защищены (нет Secure)
doctor-address-open-fix = поставьте перед ним прокси с TLS и задайте адрес https://
doctor-address-proxied = люди приходят через прокси, но PORTICO_PUBLIC_URL не задан: ссылки, которые выдаются, начинаются с адреса самой программы
doctor-address-proxied-fix = укажите в нём адрес, по которому приходят люди, например https://accounts.example.org
doctor-proxies = тому, что { $networks } говорят об адресе клиента, верят
doctor-proxies-none = ничьим словам об адресе клиента не верят
doctor-proxies-everybody = { $network } — это все: каждый может выбрать себе адрес, и ограничения никого не держат
doctor-proxies-everybody-fix = укажите в PORTICO_TRUSTED_PROXIES адрес самого прокси
doctor-breached = новые пароли сверяются со встроенным списком украденных ({ $built_in })
doctor-breached-file = новые пароли сверяются со встроенным списком украденных ({ $built_in }) и с PORTICO_BREACHED_FILE ({ $entries })
doctor-breached-api = новые пароли сверяются со встроенным списком украденных ({ $built_in }), потом через { $host }
doctor-breached-both = новые пароли сверяются со встроенным списком украденных ({ $built_in }) и с PORTICO_BREACHED_FILE ({ $entries }), потом через { $host }
doctor-breached-unusable = PORTICO_BREACHED_FILE не годится: { $reason }
doctor-breached-unusable-fix = соберите его командой `portico passwords filter` или уберите настройку
doctor-doors-ignore = принимают один пароль учётной записи со вторым фактором
doctor-doors-ignore-fix = дайте программам пароли приложений и уберите PORTICO_DOORS_SECOND_FACTOR
doctor-limits-off = выключены: пароли можно подбирать так быстро, как позволяет машина
doctor-limits-off-fix = уберите PORTICO_RATE_LIMITS: она для испытаний под нагрузкой
doctor-proxy-trusted = запрос пришёл через доверенный прокси { $peer }
doctor-proxy-untrusted = запрос пришёл от { $peer } с заголовками X-Forwarded, которым оттуда нет веры
doctor-proxy-untrusted-fix = если это ваш прокси, добавьте его адрес в PORTICO_TRUSTED_PROXIES
doctor-proxy-silent = запрос пришёл от доверенного прокси { $peer } без заголовков X-Forwarded: у всех будет его адрес
doctor-proxy-silent-fix = пусть прокси передаёт X-Forwarded-For и X-Forwarded-Proto
doctor-proxy-unreadable = в X-Forwarded-For стоит «{ $hop }», это не адрес: все за ним считаются одним
doctor-proxy-unreadable-fix = пусть каждый прокси добавляет только адрес, с портом или без него
doctor-seen = он пришёл на { $seen }, как и сказано в PORTICO_PUBLIC_URL
doctor-seen-other = он пришёл на { $seen }, а в PORTICO_PUBLIC_URL указано { $public }: ссылки и cookie рассчитаны на этот адрес
doctor-seen-other-fix = задайте в PORTICO_PUBLIC_URL { $seen }, если люди приходят по этому адресу; иначе пусть прокси передаёт Host и X-Forwarded-Proto
doctor-seen-unset = люди приходят по адресу { $seen }, но PORTICO_PUBLIC_URL не задан: ссылки, которые выдаются, начинаются с { $public }
doctor-seen-unset-fix = задайте в PORTICO_PUBLIC_URL { $seen }
doctor-internal = { $address }, для тех, кто подтвердит, кто он
doctor-internal-local = { $address }, только для этого компьютера
doctor-internal-open = { $address }, открыт для других компьютеров: кто до него доберётся, может задать любой пароль
doctor-internal-open-fix = задайте PORTICO_INTERNAL_TOKEN или PORTICO_INTERNAL_TLS_CLIENT_CA_FILE либо адрес этого компьютера (127.0.0.1)
doctor-internal-tls = { $reason }
doctor-internal-tls-fix = исправьте файлы PORTICO_INTERNAL_TLS_…_FILE
doctor-open-files = их может быть столько, сколько нужно для соединений
doctor-open-files-few = не больше { $number }, поэтому одновременных соединений мало
doctor-open-files-few-fix = поднимите жёсткий предел (ulimit -Hn, LimitNOFILE=) до 16384
doctor-cookies-secure = Secure и только для этого узла (__Host-portico)
doctor-cookies-local = без Secure: по http приходят только с этого компьютера
doctor-cookies-proxied = Secure для тех, кто приходит по https, как говорит о каждом запросе доверенный прокси
doctor-cookies-open = они передаются открыто: люди приходят по http
doctor-cookies-open-fix = поставьте прокси с TLS и задайте в PORTICO_PUBLIC_URL адрес https://
doctor-passkeys = создаются для { $domain }
doctor-passkeys-address = их нет: браузеры создают их только для адресов с именем, не для IP-адресов
doctor-passkeys-insecure = их нет: браузеры создают их только для адресов https
doctor-passkeys-elsewhere = созданы не для { $domain }, а для другого домена, и здесь не действуют: { $number }
doctor-passkeys-elsewhere-fix = верните прежний PORTICO_PUBLIC_URL или PORTICO_PASSKEY_DOMAIN или попросите людей добавить новые
doctor-passkeys-unknown = сколько создано для другого домена, неизвестно
doctor-key-set = задан
doctor-key-kept = хранится рядом с базой
doctor-key-other = не тот, которым запечатаны секреты приложений-аутентификаторов: их коды не принимаются
doctor-key-other-fix = укажите прежний ключ в PORTICO_PREVIOUS_SECRET_KEYS; коды восстановления и ключи доступа работают и без него
doctor-key-unreadable = { $reason }
doctor-key-unreadable-fix = задайте SECRET_KEY; хороший ключ создаёт `openssl rand -base64 48`
doctor-token-keys-public = токены проверяются открытыми ключами, которые больше ничего не выдают
doctor-token-keys-own = у каждого открытого диалекта свой ключ: кто проверяет его токены, не узнаёт других ключей
doctor-token-keys-none = ни один диалект не открыт, токенов нет
doctor-token-keys-shared = токены { $names } подписаны самим SECRET_KEY; сервис, которому дадут его для проверки, сможет подписать что угодно
doctor-token-keys-shared-fix = прежде чем давать его сервису, задайте ключ диалекта (PORTICO_…_SECRET) или PORTICO_TOKEN_ALG=EdDSA
doctor-token-keys-weak = { $names } короток или создан шаблоном проекта: угадав его, можно подделать токены
doctor-token-keys-weak-fix = когда токены заменённого сервиса истекут, уберите его или задайте новый: `openssl rand -base64 48`
doctor-token-keys-unreadable = { $reason }
doctor-token-keys-unreadable-fix = исправьте файл или PORTICO_TOKEN_KEY_FILE
doctor-dialects = открыты: { $names }
doctor-dialects-fix = закройте те, которыми никто не пользуется, настройкой PORTICO_DIALECTS; в docs/API.md сказано, что допускает каждый
doctor-dialects-none = все закрыты
doctor-files = другим пользователям этой машины они недоступны
doctor-files-open = другим пользователям этой машины доступно: { $places }
doctor-files-open-fix = доступ закроет `portico doctor --fix` или `chmod go=` от имени владельца
doctor-files-mended = закрыто от других пользователей этой машины: { $places }
doctor-database = { $name } отвечает, схема новая
doctor-database-newer = схема новее программы (миграций { $done }, известно { $known })
doctor-database-newer-fix = запустите более новую программу
doctor-database-behind = выполнено миграций: { $done } из { $known }
doctor-database-behind-fix = выполните `portico migrate`
doctor-database-empty = отвечает, но схемы в ней ещё нет
doctor-database-empty-fix = выполните `portico migrate`
doctor-database-missing = { $reason }
doctor-database-missing-fix = там, где она должна быть, выполните `portico migrate`
doctor-database-changed = миграция { $version } была другой, когда база её получила
doctor-database-changed-fix = запустите программу, которая создала базу, или выпущенную позже неё
doctor-database-broken = отвечает, но ошибкой: { $reason }
doctor-database-broken-fix = посмотрите на саму базу; если она повреждена, восстановите резервную копию
doctor-database-pooled = пул соединений выдаёт соединение только на время транзакции и не хранит запросы Portico
doctor-database-pooled-fix = добавьте statement-cache-capacity=0 в DATABASE_URL или переключите пул в режим session
doctor-database-damaged = её файл повреждён: { $reason }
doctor-database-damaged-fix = остановите Portico, сохраните копию файла и восстановите резервную
doctor-database-away = { $reason }
doctor-database-away-fix = запустите её или исправьте DATABASE_URL
doctor-database-silent = { $name } не отвечает
doctor-database-silent-fix = проверьте, что она запущена и соединений хватает
doctor-names = каждое имя пользователя принадлежит одной учётной записи и не совпадает с чужим адресом
doctor-names-shared = имя пользователя старой записи совпадает с адресом почты другой: { $accounts }, в скобках — чей это адрес
doctor-names-shared-fix = дайте первой из каждой пары другое имя пользователя на её странице у администратора или командой `portico user rename`
doctor-names-alike = имена этих старых или перенесённых записей похожи на чужие: { $accounts }
doctor-names-alike-fix = если кто-то выдаёт себя за другого, переименуйте
doctor-names-unknown = база данных не отвечает на вопрос
doctor-names-unknown-fix = проверьте, отвечает ли она
doctor-media = { $name } принимает файлы
doctor-media-away = { $reason }
doctor-media-away-fix = исправьте MEDIA_URL или права на папку либо хранилище
doctor-media-refuses = { $name } не принимает файлы
doctor-media-refuses-fix = проверьте место на диске и права на папку либо хранилище
doctor-media-silent = { $name } не отвечает
doctor-media-silent-fix = проверьте, что хранилище работает и доступно отсюда
doctor-clock = согласуются с базой данных
doctor-clock-apart = расходятся с часами базы на { $seconds } с
doctor-clock-apart-fix = сверьте часы обоих компьютеров по NTP: от них зависят токены и сеансы
doctor-clock-behind = последняя запись на { $seconds } с в будущем
doctor-clock-behind-fix = сверьте часы по NTP: от них зависят токены и сеансы
doctor-clock-unknown = база данных не говорит, который час
doctor-broker = пускает нас и принимает сообщения
doctor-broker-away = { $reason }
doctor-broker-away-fix = запустите RabbitMQ или исправьте AMQP_URL; события пока ждут
doctor-broker-silent = не отвечает
doctor-broker-silent-fix = проверьте, что RabbitMQ работает и доступен; события пока ждут
doctor-redis = отвечает
doctor-mail = почтовый сервер пускает нас
doctor-mail-asked = почтовый сервер ещё не ответил; обновите страницу через минуту
doctor-mail-away = почтовый сервер не принимает писем: { $reason }
doctor-mail-away-fix = исправьте SMTP_URL или почтовый сервер; письма пока ждут
doctor-mail-silent = почтовый сервер не отвечает
doctor-mail-silent-fix = посмотрите, работает ли он и доступен ли отсюда; письма пока ждут
doctor-redis-away = от него нет пользы, поэтому токены не принимаются: { $reason }
doctor-redis-away-fix = запустите его или исправьте REDIS_URL
doctor-redis-silent = не отвечает, поэтому токены не принимаются
doctor-redis-silent-fix = посмотрите, работает ли он и доступен ли отсюда
doctor-pictures = у каждого фото есть учётная запись
doctor-pictures-mended = удалено ничьих фото: { $number }
doctor-pictures-nobodys = ничьих файлов: { $number }
doctor-pictures-nobodys-fix = их удалит `portico doctor --fix`
doctor-pictures-whole = файлы каждой фотографии на месте
doctor-pictures-missing = файлов { $number } нет; учётные записи: { $accounts }
doctor-pictures-missing-fix = восстановите хранилище картинок из той же копии, что и базу
doctor-pictures-unknown = { $reason }

# Страница состояния
status-lead = Как работает программа и что ей нужно.
status-all-well = Всё проверенное в порядке.
status-findings = Проверки
status-well = В порядке
status-wrong = Исправить
status-facts = Показатели
status-version = Версия
status-up = Работает с
status-database = База данных
status-size = Размер базы
status-migrations = Миграции
status-migrations-of = { $done } из { $known }
status-connections = Соединения с базой
status-connections-of = занято { $used } из { $open }
status-media = Фото хранятся в
status-accounts = Учётные записи
status-pictures = Фото
status-more = больше { $number }
status-sessions = Браузеры со входом
status-audit = Строки журнала
status-waiting = Ждут пароли и фото
status-waiting-both = { $passwords } и { $pictures }
status-mail = Почта
status-mail-none = Не настроена
status-mail-waiting = { $number ->
    [0] Включена, ничего не ждёт
    [one] Ждёт { $number } письмо
    [few] Ждут { $number } письма
   *[many] Ждут { $number } писем
}
status-mail-test = Отправить проверочное письмо
flash-mail-test = Проверочное письмо отправлено на ваш адрес.
flash-warn-mail-test = У вашей учётной записи нет адреса для проверочного письма.
status-unknown = Неизвестно: нет ответа
status-bytes = { $number } МБ
status-events = События
status-events-lead = Куда сообщается об изменениях и что ждёт.
status-events-none = Ни очередей, ни вебхуков нет. Хранится событий: { $number }.
status-targets = Куда идут события
status-target = Куда
status-target-waiting = Ждёт
status-target-oldest = Старейшее
status-target-state = Состояние
status-target-well = Доставляется
status-target-failing = Не доставляется с { $moment }
status-target-disabled = Оставлено { $moment }; вернёт `portico webhook enable`
status-errors = Последние ошибки
status-errors-lead = Этого процесса с его запуска; остальное в логе по номеру.
status-errors-none = С запуска не было.

# Ошибки на всю страницу
error-home = На главную
error-recorded = Случай записан под номером <code>{ $id }</code>.
error-forbidden-title = Эту страницу вам не открыть
error-forbidden-lead = Она принадлежит другому или здесь выключена.
error-cross-site-title = Ничего не изменилось
error-cross-site-lead = Запрос пришёл с другого сайта, поэтому ничего не изменилось. Вернитесь и попробуйте ещё раз.
error-other-account-title = Вы вошли под другой учётной записью
error-other-account-lead = Эту страницу открывали из другой учётной записи, поэтому ничего не изменилось. Откройте её снова, чтобы продолжить под нынешней.
error-not-found-title = Здесь ничего нет
error-not-found-lead = Возможно, в адресе опечатка, или этой страницы больше нет.
error-conflict-title = Кто-то изменил это раньше
error-conflict-lead = Вернитесь, обновите страницу и проверьте, прежде чем сохранить.
error-too-large-title = Файл слишком большой
error-too-large-lead = Ничего не изменилось. Вернитесь и выберите файл поменьше.
error-slow-title = Медленное соединение
error-slow-lead = Отправленное не пришло вовремя, поэтому ничего не изменилось. Попробуйте ещё раз там, где связь лучше.
error-unreadable-title = Это не удалось прочитать
error-unreadable-lead = Ничего не изменилось. Вернитесь, обновите страницу и отправьте ещё раз.
change-error-too-many = Слишком много изменений подряд. Ничего не сохранено. Подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[other] { $number } минут
}
error-too-many-title = Слишком много попыток
error-too-many-lead = { $number ->
    [one] Подождите { $number } минуту и попробуйте снова.
    [few] Подождите { $number } минуты и попробуйте снова.
   *[other] Подождите { $number } минут и попробуйте снова.
}
error-broken-title = У нас что-то сломалось
error-broken-lead = Вы ни при чём. Попробуйте чуть позже.
error-busy-title = Вернёмся через минуту
error-busy-lead = Дел больше обычного. Попробуйте через несколько секунд.
error-method-title = Здесь так нельзя
error-method-lead = Откройте страницу по её адресу.

# Даты и устройства
date-day = { $day } { $month } { $year }
date-moment = { $day }, { $time }
date-moment-utc = { $day }, { $time } UTC
date-month = { $month } { $year }
month-1 = января
month-2 = февраля
month-3 = марта
month-4 = апреля
month-5 = мая
month-6 = июня
month-7 = июля
month-8 = августа
month-9 = сентября
month-10 = октября
month-11 = ноября
month-12 = декабря
month-alone-1 = январь
month-alone-2 = февраль
month-alone-3 = март
month-alone-4 = апрель
month-alone-5 = май
month-alone-6 = июнь
month-alone-7 = июль
month-alone-8 = август
month-alone-9 = сентябрь
month-alone-10 = октябрь
month-alone-11 = ноябрь
month-alone-12 = декабрь
ago-now = сейчас
ago-minutes = { $number ->
    [one] { $number } минуту назад
    [few] { $number } минуты назад
   *[other] { $number } минут назад
}
ago-hours = { $number ->
    [one] { $number } час назад
    [few] { $number } часа назад
   *[other] { $number } часов назад
}
ago-days = { $number ->
    [one] { $number } день назад
    [few] { $number } дня назад
   *[other] { $number } дней назад
}
device-name = { $browser }, { $system }
device-unknown = Неизвестное устройство

# Admins
count-at-least = { $number }+
copy = Скопировать
copied = Скопировано
done = Готово
secret-once = Больше вы этого не увидите.
span-minutes = { $number ->
    [one] { $number } минута
    [few] { $number } минуты
   *[other] { $number } минут
}
span-hours = { $number ->
    [one] { $number } час
    [few] { $number } часа
   *[other] { $number } часов
}
span-days = { $number ->
    [one] { $number } день
    [few] { $number } дня
   *[other] { $number } дней
}
field-organization = Организация
field-note = Заметка для администраторов
field-reason = Причина
problem-email-taken-other = Этот адрес уже у другой учётной записи
admin-status = Статус
admin-role = Роль
admin-seen = Последний визит
admin-joined = Регистрация
admin-terms = Принятые условия
admin-terms-agreed = Версия { $version }, { $day }
admin-never = Никогда
admin-none = Нет
admin-active = Активна
admin-disabled = Отключена
admin-member = Пользователь
admin-admin = Администратор
admin-somebody = Кто-то
admin-list = Все пользователи
admin-table = Таблица пользователей
admin-pages = Страницы
admin-previous = Назад
admin-next = Дальше
admin-tab-all = Все
admin-tab-active = Активные
admin-tab-unconfirmed = Неподтверждённые
admin-tab-bounces = Почта возвращается
admin-tab-disabled = Отключённые
admin-search = Найти
admin-search-label = Поиск по имени, имени пользователя, адресу или ID
admin-search-hint = Имя, адрес или ID
admin-search-clear = Сбросить поиск
admin-role-any = Любая роль
admin-users-shown = { $number } из { $total }
admin-users-none = Здесь никого нет.
admin-users-no-match = Никто не подходит под «{ $query }».
admin-choose = Выбрать: { $name }
admin-chosen = С выбранными:
admin-nobody-chosen = Сначала выберите хотя бы одного человека.
admin-export = Скачать CSV
admin-export-all = Скачать все: { $total }
admin-export-title = Скачать CSV?
admin-export-lead = В файле личные данные: имена, имена пользователей и адреса. Храните его надёжно и удалите, когда он станет не нужен.
admin-export-chosen = { $number ->
    [one] { $number } выбранный человек.
    [few] { $number } выбранных человека.
   *[other] { $number } выбранных человек.
}
admin-export-search = Все, кого находит ваш поиск.
admin-enable = Включить
admin-disable = Отключить
admin-delete = Удалить
admin-save = Сохранить изменения
admin-yes = да
admin-no = нет
admin-empty = пусто
admin-saved-now = Сейчас сохранено: <b><bdi>{ $value }</bdi></b>
admin-conflict = { $admin } меняет эту учётную запись одновременно с вами. Проверьте и сохраните ещё раз.
admin-conflict-somebody = Кто-то изменил эту учётную запись, пока вы её правили. Проверьте и сохраните ещё раз.
admin-email-hint = Новый адрес нужно подтвердить.
admin-email-confirmed = Адрес подтверждён
admin-email-none = Нет
admin-confirmed = Подтверждён
admin-unconfirmed = Не подтверждён
admin-role-hint = Администраторам здесь можно всё.
admin-note-hint = Здесь это видят только администраторы. Но это входит в копию данных, которую человек может скачать.
admin-public = Профиль виден всем
admin-findable = Другие приложения находят фото по адресу почты
admin-password-set = Пароль задан
admin-id = ID
admin-picture-none = Фото пока нет. Вместо него инициалы.
admin-help = Помочь или ограничить
admin-own = Это ваша собственная учётная запись.
admin-error-last-admin = Это единственный администратор: так с ним поступить нельзя
admin-error-self-delete = Удалять собственную учётную запись здесь нельзя
admin-reason-hint = Она попадёт в журнал.
admin-lifetime = Ссылка действует
admin-password-title = Новый пароль по ссылке
admin-password-help = Одноразовая ссылка; передаёте её вы сами
admin-password-open = Создать ссылку
admin-password-make = Создать ссылку
admin-password-lead = { $name } выбирает пароль без вас: вы его не увидите.
admin-password-effect-until = Старый пароль действует, пока ссылкой не воспользовались.
admin-password-effect-then = После этого все устройства и токены выходят из учётной записи.
admin-password-effect-earlier = Прежняя ссылка перестаёт действовать.
admin-send-to = Отправить на { $email }
admin-send-hint = Тогда ссылку увидит только получатель.
admin-create-send = Отправить ссылку на почту
admin-tell = Сообщить { $name } по почте
admin-tell-all = Сообщить им по почте
admin-tell-reason = Указать причину в письме
admin-tell-reason-hint = Только если почта подтверждена.
admin-link-title = Ссылка для пароля: { $name }
admin-link-lead = Передайте её только этому человеку ({ $name }) надёжным путём. Она сработает один раз, до { $until }.
admin-devices-title = Устройства
admin-devices-count = { $number ->
    [0] Вход нигде не выполнен
    [one] Вход на { $number } устройстве
    [few] Вход на { $number } устройствах
   *[other] Вход на { $number } устройствах
}
admin-devices-in = Вошли: { $number }
admin-devices-open = Показать
admin-devices-of = Устройства: { $name }
admin-devices-lead = Браузеры и программы, где вход выполнен сейчас.
admin-devices-none = Вход нигде не выполнен.
admin-devices-end = Выйти везде
admin-devices-end-title = Выйти везде: { $name }?
admin-devices-own = Это ваша учётная запись: на этом устройстве вы останетесь.
admin-devices-effect-tokens = Токены программ больше не действуют.
admin-devices-effect-password = Пароль остаётся: кто его знает, может войти снова.
admin-disable-item = Отключить учётную запись
admin-disable-help = Ничего не пропадёт, но войти нельзя
admin-disable-title = Отключить: { $name }?
admin-disable-lead = Включить снова можно в любой момент.
admin-disable-effect-login = В эту учётную запись нельзя войти ни на страницах, ни программе.
admin-disable-effect-public = Публичная страница и ссылки для нового пароля перестают работать.
admin-disable-effect-kept = Профиль, фото и имена сохраняются.
admin-disable-button = Отключить: { $name }
admin-delete-item = Удалить учётную запись
admin-delete-help = Профиль, устройства и токены пропадут навсегда
admin-delete-title = Удалить: { $name }?
admin-delete-effect-public = Профиль, фото и <b>{ $path }</b> пропадают сразу.
admin-delete-effect-profile = Профиль и фото пропадают сразу.
admin-delete-effect-log = В журнале остаётся только ID.
admin-delete-keep = Оставить
admin-delete-button = Удалить: { $name }
admin-create = Создать пользователя
admin-create-lead = Достаточно имени пользователя или адреса.
admin-create-button = Создать
admin-way-link = По ссылке на 24 часа
admin-way-password = Задам сейчас
admin-way-password-hint = От { $number } символов. Сообщите его человеку надёжным путём.
admin-invite = Пригласить
admin-invite-lead = Кто откроет ссылку, сам выберет имя и пароль. Она сработает один раз.
admin-invite-email-hint = Он сразу будет в форме. Письмо не отправляется.
admin-invite-email-hint-mail = Она сразу стоит в форме.
admin-invite-send = Отправить по почте
admin-invite-make = Создать ссылку
admin-invites = Открытые приглашения
admin-invites-none = Открытых приглашений нет.
admin-invite-anybody = Любой, у кого есть ссылка
admin-invite-about = Создано: { $name }; действует до { $until }
admin-invite-link-title = Приглашение готово
admin-invite-link-lead = Передайте ссылку тому, кого приглашаете, надёжным путём. Она сработает один раз, до { $until }.
admin-withdraw = Отозвать
admin-withdraw-title = Отозвать приглашение?
admin-withdraw-effect = Ссылка перестанет действовать.
admin-withdraw-button = Отозвать приглашение
admin-chosen-enable-title = { $number ->
    [one] Включить { $number } учётную запись?
    [few] Включить { $number } учётные записи?
   *[many] Включить { $number } учётных записей?
}
admin-chosen-enable-lead = Их владельцы снова смогут войти.
admin-chosen-disable-title = { $number ->
    [one] Отключить { $number } учётную запись?
    [few] Отключить { $number } учётные записи?
   *[other] Отключить { $number } учётных записей?
}
admin-chosen-disable-button = { $number ->
    [one] Отключить { $number } учётную запись
    [few] Отключить { $number } учётные записи
   *[other] Отключить { $number } учётных записей
}
admin-chosen-more = { $number ->
    [one] и ещё { $number }
    [few] и ещё { $number }
   *[other] и ещё { $number }
}
admin-chosen-lead = Включить их снова можно в любой момент.
admin-chosen-effect = Устройства и токены выходят, и войти в эти учётные записи нельзя.
admin-chosen-already = { $number ->
    [one] Ещё { $number } уже отключена.
    [few] Ещё { $number } уже отключены.
   *[other] Ещё { $number } уже отключены.
}
admin-chosen-own = Среди них ваша собственная учётная запись.
invite-lead = Вас пригласили. Выберите имя пользователя и пароль.
forgot-title = Новый пароль
forgot-lead = Мы пришлём вам ссылку.
forgot-button = Прислать ссылку
forgot-back = Вернуться ко входу
forgot-closed = Отсюда не отправляют писем, поэтому ссылку прислать нельзя.
sent-title = Проверьте почту
forgot-sent = Если для { $email } есть учётная запись, ссылка уже в пути. Она действует 30 минут.
forgot-sent-hint = Через несколько минут ничего нет? Посмотрите в папке «Спам» и проверьте, верно ли введено имя.
forgot-again = Попросить ещё раз
reset-title = Выберите новый пароль
reset-lead = После сохранения все ваши устройства выйдут из учётной записи.
reset-button = Сохранить пароль
reset-passkey = Сохранить с ключом доступа
bad-link-title = Ссылка больше не действует
bad-link-lead = Ею уже воспользовались, её отозвали, или она устарела. Попросите новую у того, кто её дал.
bad-link-used = Этой ссылкой уже воспользовались.
bad-link-expired = Срок действия ссылки истёк.
bad-link-replaced = Эту ссылку заменила более новая.
bad-link-again = Прислать новую ссылку
bad-link-button = Перейти ко входу
confirm-title = Подтвердите почту
confirm-heading = Подтвердите { $email }
confirm-lead = Одно нажатие, и адрес подтверждён.
confirm-button = Подтвердить почту
confirm-elsewhere = Это не тот браузер, в котором прошла регистрация. Введите пароль, который был задан там.
confirm-elsewhere-passkey = Это не тот браузер, в котором прошла регистрация с ключом доступа. Используйте тот ключ.
confirm-passkey = Подтвердить ключом доступа
confirm-passkey-script = Чтобы использовать ключ доступа, браузеру нужен JavaScript.
confirm-password = Пароль, заданный при регистрации
confirm-new-heading = Это не ваш пароль?
confirm-new-lead = Задайте другой. На всех устройствах, где выполнен вход в эту учётную запись, будет выполнен выход.
confirm-new-heading-passkey = Это не ваш ключ доступа?
confirm-new-lead-passkey = Задайте пароль. Тогда тот ключ не откроет ничего, а на всех устройствах, где выполнен вход в эту учётную запись, будет выполнен выход.
confirm-new-button = Подтвердить с новым паролем
confirm-banner = Подтвердите { $email }: мы отправили туда ссылку, она действует 24 часа.
confirm-again = Отправить ещё раз
confirm-change = Сменить адрес
flash-email-confirmed = Почта подтверждена. Теперь можно войти.
flash-email-confirmed-here = Почта подтверждена.
flash-confirm-sent = Письмо со ссылкой уже в пути. Она действует 24 часа.
bad-link-sign-up = Зарегистрироваться заново
sent-lead = Мы отправили ссылку и код на { $email }. Они действуют 24 часа.
sent-button = Подтвердить
sent-other = Указать другой адрес
field-code = Код из письма
field-code-hint = Шесть цифр. Они подходят только в этом браузере, ссылка — в любом.
problem-code-missing = Введите шесть цифр из письма
problem-code-wrong = В письме другой код
code-error-too-many = Слишком много неверных кодов. Откройте ссылку из письма: она ещё действует.
flash-user-saved = Изменения сохранены: { $name }.
flash-user-created = { $name }: вход открыт.
flash-user-disabled = { $name }: учётная запись отключена.
flash-user-enabled = { $name }: учётная запись включена.
flash-user-deleted = Учётная запись удалена.
flash-link-sent = Ссылка отправлена: { $name }.
flash-invite-sent = Приглашение отправлено.
flash-users-enabled = { $number ->
    [one] { $number } учётная запись включена.
    [few] { $number } учётные записи включены.
   *[other] { $number } учётных записей включено.
}
flash-users-disabled = { $number ->
    [one] { $number } учётная запись отключена.
    [few] { $number } учётные записи отключены.
   *[other] { $number } учётных записей отключено.
}
flash-warn-users-disabled-but-one = { $number ->
    [one] { $number } учётная запись отключена. Одна осталась как была: это единственный администратор.
    [few] { $number } учётные записи отключены. Одна осталась как была: это единственный администратор.
   *[other] { $number } учётных записей отключено. Одна осталась как была: это единственный администратор.
}
flash-their-picture-saved = Фото сохранено: { $name }.
flash-their-picture-uploaded = Фото сохранено: { $name }. Ниже его ещё можно подвинуть.
flash-their-picture-removed = Фото удалено: { $name }.
flash-their-devices-none = { $name }: вход нигде не был выполнен.
flash-invite-withdrawn = Приглашение отозвано.
flash-invite-gone = Приглашение уже использовано или отозвано.
flash-password-set = Пароль изменён. Войдите с новым.

# Письма
mail-footer = Это письмо отправил сайт { $brand }.
mail-footer-support = Вопросы? Напишите на { $support }.
mail-button-fallback = Если кнопка не работает, скопируйте этот адрес в браузер:
mail-link-until = Ссылка действует один раз, до { $time }.
mail-asked-at = Запрошено { $time }.
mail-asked-with = Запрошено: { $device }, { $time }.
mail-password-reset-subject = Новый пароль для { $brand }
mail-password-reset-heading = Выберите новый пароль
mail-password-reset-lead = Кто-то запросил новый пароль для вашей учётной записи на { $brand }. Задайте его на странице, которую открывает эта ссылка.
mail-password-reset-button = Выбрать новый пароль
mail-password-reset-not-you = Это были не вы? Ничего не делайте: пароль останется прежним.
mail-password-changed-subject = Пароль на { $brand } изменён
mail-password-changed-heading = Ваш пароль изменён
mail-password-changed-lead = Пароль вашей учётной записи на { $brand } изменён { $time }. На устройствах, где вход был выполнен со старым паролем, выполнен выход.
mail-password-changed-button = Это не вы? Задайте другой пароль
mail-password-changed-not-you = Это были вы? Тогда всё в порядке, делать ничего не нужно.
mail-no-account-subject = У вас нет учётной записи на { $brand }
mail-no-account-heading = Здесь нет такой учётной записи
mail-no-account-lead = Кто-то запросил новый пароль на { $brand } для этого адреса, но учётной записи с ним нет. Возможно, у вашей другой адрес.
mail-no-account-not-you = Это были не вы? Делать ничего не нужно.
mail-reason = Указана причина: { $reason }
mail-email-change-subject = Подтвердите новую почту для { $brand }
mail-email-change-heading = Подтвердите новую почту
mail-email-change-lead = Этот адрес должен стать почтой учётной записи на { $brand }. По ссылке ниже откроется страница, где это можно подтвердить.
mail-email-change-button = Подтвердить почту
mail-email-change-not-you = Это были не вы? Ничего не делайте: ничего не изменится.
mail-email-taken-subject = У вас уже есть учётная запись на { $brand }
mail-email-taken-heading = У вас уже есть учётная запись
mail-email-taken-lead = Кто-то, возможно вы, хотел указать этот адрес для другой учётной записи на { $brand }. Он уже принадлежит одной из них, поэтому ничего не изменилось.
mail-email-taken-button = Войти
mail-email-taken-not-you = Это были не вы? Делать ничего не нужно.
mail-email-change-asked-subject = Почта на { $brand } скоро сменится
mail-email-change-asked-heading = Запрошена смена почты
mail-email-change-asked-lead = Для вашей учётной записи на { $brand } запрошена другая почта. Она сменится, когда её подтвердит новый адрес; до тех пор остаётся эта.
mail-email-change-asked-to = Новой почтой станет { $address }.
mail-email-change-asked-button = Остановить
mail-email-change-asked-not-you = Это были вы? Тогда делать ничего не нужно. Не вы? Остановите смену и задайте другой пароль: тот, кто её просил, знает нынешний.
mail-email-changed-subject = Почта на { $brand } изменена
mail-email-changed-heading = Ваша почта изменена
mail-email-changed-lead = Почта вашей учётной записи на { $brand } изменена { $time }. Этот адрес больше не её почта.
mail-email-changed-to = Новая почта: { $address }.
mail-email-changed-button = Вернуть мой адрес
mail-email-changed-not-you = Это были вы? Тогда всё в порядке. Не вы? Ссылка вернёт прежний адрес; понадобится пароль, который был у вас тогда.
mail-email-change-done-subject = Теперь это ваша почта на { $brand }
mail-email-change-done-heading = Ваша почта изменена
mail-email-change-done-lead = Этот адрес стал почтой вашей учётной записи на { $brand } { $time }. Входите с ним.
mail-email-replaced-subject = Почта на { $brand } изменена
mail-email-replaced-heading = Ваша почта изменена
mail-email-replaced-lead = { $time } для вашей учётной записи на { $brand } указана другая почта. Этот адрес больше не её почта.
mail-email-replaced-not-you = Вы этого не ждали? Спросите у тех, кто ведёт { $brand }.
mail-account-disabled-subject = Ваша учётная запись на { $brand } отключена
mail-account-disabled-heading = Ваша учётная запись отключена
mail-account-disabled-lead = Ваша учётная запись на { $brand } отключена { $time }. Войти в неё нельзя; ничего не потеряно.
mail-account-enabled-subject = Ваша учётная запись на { $brand } включена
mail-account-enabled-heading = Ваша учётная запись снова включена
mail-account-enabled-lead = Ваша учётная запись на { $brand } снова включена { $time }. Вы можете войти.
mail-account-deleted-subject = Ваша учётная запись на { $brand } удалена
mail-account-deleted-heading = Ваша учётная запись удалена
mail-account-deleted-lead = Ваша учётная запись на { $brand } удалена { $time }, со всем, что в ней было.
mail-role-given-subject = Вы администратор на { $brand }
mail-role-given-heading = Теперь вы администратор
mail-role-given-lead = { $time } ваша учётная запись на { $brand } может править учётные записи других.
mail-role-taken-subject = Вы больше не администратор на { $brand }
mail-role-taken-heading = Вы больше не администратор
mail-role-taken-lead = { $time } ваша учётная запись на { $brand } больше не может править учётные записи других.
mail-new-device-subject = Новый вход на { $brand }
mail-new-device-heading = Вход с нового устройства
mail-new-device-lead = { $device }: { $time } выполнен вход в вашу учётную запись на { $brand }. Раньше с этого устройства в неё не входили.
mail-new-device-button = Это не вы? Задайте другой пароль
mail-new-device-not-you = Это были вы? Тогда делать ничего не нужно. Отключить такие письма можно в разделе «Вход и устройства».
mail-password-link-subject = Выберите пароль для { $brand }
mail-password-link-heading = Выберите пароль
mail-password-link-lead = Администратор { $brand } прислал вам эту ссылку. По ней откроется страница, где можно задать пароль вашей учётной записи.
mail-password-link-button = Выбрать пароль
mail-password-link-not-you = Вы этого не ждали? Ничего не делайте: ничего не изменится.
mail-invitation-subject = Вас приглашают на { $brand }
mail-invitation-heading = Вас приглашают
mail-invitation-lead = Администратор { $brand } приглашает вас открыть там учётную запись.
mail-invitation-button = Открыть учётную запись
mail-invitation-not-you = Вы этого не ждали? Ничего не делайте: учётной записи не появится.
mail-confirm-email-subject = Подтвердите почту для { $brand }
mail-confirm-email-heading = Подтвердите почту
mail-confirm-email-lead = С этим адресом открыта учётная запись на { $brand }. По ссылке ниже откроется страница, где вы подтвердите, что адрес ваш.
mail-confirm-email-button = Подтвердить почту
mail-confirm-email-not-you = Это были не вы? Ничего не делайте: адрес останется неподтверждённым.
mail-confirm-sign-up-subject = { $code } — ваш код для { $brand }
mail-confirm-sign-up-heading = Подтвердите почту
mail-confirm-sign-up-lead = Кто-то, вероятно вы, зарегистрировался на { $brand } с этим адресом. Введите код там, где регистрировались, или откройте ссылку где угодно.
mail-confirm-sign-up-button = Подтвердить почту
mail-confirm-sign-up-not-you = Это были не вы? Ничего не делайте: учётная запись не появится. Никому не сообщайте код.
mail-account-exists-subject = У вас уже есть учётная запись на { $brand }
mail-account-exists-heading = Учётная запись уже есть
mail-account-exists-lead = Кто-то, вероятно вы, зарегистрировался на { $brand } с этим адресом, но у него уже есть учётная запись. Войдите в неё.
mail-account-exists-button = Войти
mail-account-exists-reset = Забыли пароль? Задайте другой: { $address }
mail-account-exists-not-you = Это были не вы? Ничего не делайте: учётная запись останется прежней.
mail-test-subject = Проверочное письмо от { $brand }
mail-test-heading = Почта доходит
mail-test-lead = Это проверка. { $brand } может отправлять вам письма.

# Двухфакторный вход
continue = Продолжить
remove = Удалить
verify-title = Введите код
verify-lead = Откройте приложение-аутентификатор.
verify-lead-recovery = Возьмите один из кодов восстановления.
verify-code = Код
verify-code-hint = Шесть цифр из приложения или код восстановления
verify-recovery = Код восстановления
verify-recovery-hint = 16 букв и цифр; дефисы и регистр не важны
verify-trust = Не спрашивать в этом браузере { $number ->
    [one] { $number } день
    [few] { $number } дня
   *[other] { $number } дней
}
verify-use-recovery = Ввести код восстановления
verify-start-again = Начать заново
verify-support = Потеряли телефон и коды? Напишите на <a href="mailto:{ $support }">{ $support }</a>.
verify-error-too-many = Слишком много неверных кодов. Подождите { $number ->
    [one] { $number } минуту
    [few] { $number } минуты
   *[other] { $number } минут
} и попробуйте снова.
problem-second-factor-missing = Введите код
problem-second-factor-wrong = Код неверный или уже использован. Дождитесь следующего.
problem-saved-missing = Сначала сохраните коды, затем отметьте это
flash-verify-again = Прошло слишком много времени или было слишком много неверных кодов. Войдите снова.
flash-few-codes = { $number ->
    [0] Кодов восстановления не осталось. Создайте новые в разделе «Вход и устройства».
    [one] Остался { $number } код восстановления. Создайте новые в разделе «Вход и устройства».
    [few] Осталось { $number } кода восстановления. Создайте новые в разделе «Вход и устройства».
   *[other] Осталось { $number } кодов восстановления. Создайте новые в разделе «Вход и устройства».
}
flash-two-factor-on = Двухфакторный вход включён. На других устройствах выполнен выход.
flash-app-added = Приложение добавлено.
flash-app-not-added = Приложение не добавлено.
flash-app-removed = Приложение удалено.
flash-app-renamed = Приложение-аутентификатор переименовано.
flash-trust-ended = При следующем входе код спросят в каждом браузере.
flash-two-factor-removed = Двухфакторный вход снят.
two-factor-title = Двухфакторный вход
two-factor-on = Включён
two-factor-help-on = После пароля спрашивается код или ключ.
two-factor-help-passkey = Ключ доступа — это сразу два фактора: то, что у вас есть, и ваш палец, лицо или PIN-код.
two-factor-help-off = После пароля спрашивать код, чтобы одного пароля не хватало.
two-factor-set-up = Настроить
two-factor-manage = Управлять
two-factor-owed = Здесь нужен второй фактор. Добавьте его, чтобы продолжить.
two-factor-lead-on = После пароля мы спрашиваем второй фактор.
two-factor-lead-off = Со вторым фактором одного вашего пароля никому не хватит.
two-factor-apps = Приложения-аутентификаторы
two-factor-apps-lead = Приложение на телефоне показывает новый код каждые 30 секунд.
two-factor-app = Приложение-аутентификатор
two-factor-added = Добавлено { $day }
two-factor-used = использовано { $ago }
two-factor-add-app = Добавить приложение
two-factor-confirm-first = Сначала подтвердите почту: на неё придут сообщения об изменениях.
two-factor-confirm-open = Почта
two-factor-remove-title = Удалить { $name }?
two-factor-remove-effect = Его коды больше не принимаются. Удалите запись и в приложении.
two-factor-remove-off = Двухфакторный вход выключается: для входа хватит одного пароля.
two-factor-remove-codes = Коды восстановления больше не действуют.
enrol-title = Добавить приложение-аутентификатор
enrol-step-1 = Шаг 1 из 2
enrol-step-2 = Шаг 2 из 2
enrol-lead = Подойдёт любое приложение для одноразовых кодов.
enrol-scan = Отсканируйте это приложением
enrol-scan-lead = Или введите ключ в приложение, если сканировать нельзя.
enrol-qr = QR-код для приложения-аутентификатора
enrol-open = Открыть в приложении на этом устройстве
enrol-key = Ключ
enrol-code = Введите то, что показывает приложение
enrol-code-label = Код
enrol-code-hint = Шесть цифр
enrol-name = Название
enrol-name-hint = Например, телефон, на котором стоит приложение
recovery-title = Коды восстановления
recovery-lead = Каждый один раз пустит вас, если телефон или ключ потерян.
recovery-left = { $number ->
    [0] Не осталось
    [one] Остался { $number }
   *[other] Осталось { $number }
}
recovery-made = созданы { $day }
recovery-new = Создать новые коды
recovery-save-title = Сохраните коды восстановления
recovery-save-lead = Храните их там, где найдёте без телефона: на бумаге или вместе с паролями. Без них и без второго фактора поможет только администратор.
welcome-codes-lead = Учётная запись создана. Храните коды там, где найдёте их без ключа доступа: если он потеряется, каждый один раз поможет задать пароль. Без них и без ключа поможет только администратор.
recovery-once = Больше вы их не увидите. Каждый действует один раз.
recovery-download = Скачать текстом
recovery-print = Напечатать
recovery-saved = Коды сохранены
recovery-turn-on = Включить двухфакторный вход
recovery-done = Готово
trusted-title = Доверенные браузеры
trusted-count = { $number ->
    [0] Код спрашивается при каждом входе.
    [one] В { $number } браузере код при входе не спрашивается.
   *[other] В { $number } браузерах код при входе не спрашивается.
}
trusted-end = Снова спрашивать в каждом браузере
admin-factors-title = Снять двухфакторный вход: { $name }
admin-factors-item = Снять двухфакторный вход
admin-factors-help = Если потеряны телефон, ключи и коды восстановления
admin-factors-lead = Убедитесь, кто просит: после этого для входа хватит одного пароля.
admin-factors-effect = Приложения, ключи доступа, ключи безопасности и коды восстановления удаляются.
admin-factors-devices = На всех устройствах выполняется выход.
admin-factors-told = Об этом сообщается письмом, если почта отправляется.
admin-factors-button = Снять двухфакторный вход
admin-two-factor = Двухфакторный вход
admin-two-factor-on = Включён
admin-two-factor-off = Выключен
admin-two-factor-any = Любой вход
admin-two-factor-with = Двухфакторный
admin-two-factor-without = Только пароль

# Ключи доступа
login-passkey = Войти с ключом доступа
login-error-passkey = С этим ключом доступа сюда не войти. Попробуйте ещё раз или введите пароль
login-error-passkey-expired = Прошло слишком много времени. Попробуйте ещё раз
verify-use-passkey = Использовать ключ доступа
verify-error-passkey = Этот ключ доступа не принят. Попробуйте ещё раз или другим способом
passkey-not-asked = Ключ доступа не использован. Попробуйте ещё раз, когда будете готовы.
passkeys-title = Ключи доступа
passkeys-help = Вход по отпечатку пальца, лицу или аппаратному ключу.
passkeys-open = Показать
passkeys-lead = С ключом доступа вы входите по отпечатку пальца, лицу или аппаратному ключу, без пароля. Его нельзя ни подобрать, ни выманить.
passkeys-none = Ключей доступа пока нет. С ключом доступа вы входите по отпечатку пальца, лицу или аппаратному ключу.
passkeys-add = Новый ключ доступа
passkeys-add-key = Новый аппаратный ключ
passkeys-add-lead = Браузер попросит подтвердить, что это вы: на этом устройстве, на телефоне или аппаратным ключом.
passkeys-add-key-lead = Держите ключ под рукой: браузер попросит вставить или поднести его и коснуться.
passkeys-add-first = Вместе с ним включится двухфакторный вход, и вы получите коды восстановления. На других устройствах будет выполнен выход. Приложениям, которые спрашивают только пароль, понадобится пароль приложения.
passkeys-name = Название
passkeys-name-hint = Где он хранится, чтобы вы его узнали
passkeys-passkey = Ключ доступа
passkeys-security-key = Аппаратный ключ
passkeys-second-step = После пароля
passkeys-backed-up = Синхронизирован
passkeys-elsewhere = создан для { $domain }: здесь не действует
passkeys-change = Изменить
passkeys-script = Чтобы создать ключ доступа, браузеру нужен JavaScript.
passkeys-unavailable = Ключей доступа здесь нет: браузеры создают их только для адресов https с именем.
passkeys-cancelled = Ключ доступа не добавлен. Попробуйте ещё раз, когда будете готовы.
passkeys-known = На этом устройстве уже есть ваш ключ доступа.
passkeys-remove-effect = С ним больше нельзя будет войти. Удалите его и на устройстве, если он там остался.
passkeys-error-expired = Прошло слишком много времени. Попробуйте ещё раз
passkeys-error-refused = То, что создал браузер, здесь не подходит. Попробуйте ещё раз
flash-passkey-added = Ключ доступа добавлен.
flash-passkey-renamed = Ключ доступа переименован.
flash-passkey-removed = Ключ доступа удалён.
flash-warn-passkeys-full = Ключ доступа не добавлен: их уже столько, сколько может быть, или сначала нужно подтвердить почту.
flash-warn-passkey-last = Этот ключ доступа — единственный способ войти. Сначала задайте пароль или добавьте другой ключ.
mail-passkey-refused-subject = На { $brand } отклонён ваш ключ доступа
mail-passkey-refused-heading = Ваш ключ доступа могли скопировать
mail-passkey-refused-lead = { $time } для входа в вашу учётную запись на { $brand } использован ключ доступа, счётчик которого пошёл назад: так бывает, когда ключ скопировали. Ключ отклонён. Удалите его и добавьте новый.
mail-passkey-refused-button = Это не вы? Задайте другой пароль

# Письма о двухфакторном входе
mail-two-factor-on-subject = Двухфакторный вход на { $brand } включён
mail-two-factor-on-heading = Двухфакторный вход включён
mail-two-factor-on-lead = С { $time } ваша учётная запись на { $brand } после пароля спрашивает второй фактор.
mail-two-factor-on-button = Это не вы? Задайте другой пароль
mail-two-factor-on-not-you = Это были вы? Тогда храните коды восстановления в надёжном месте.
mail-two-factor-off-subject = Двухфакторный вход на { $brand } выключен
mail-two-factor-off-heading = Двухфакторный вход выключен
mail-two-factor-off-lead = С { $time } ваша учётная запись на { $brand } больше не спрашивает второй фактор: для входа хватает пароля.
mail-two-factor-off-button = Это не вы? Задайте другой пароль
mail-factor-added-subject = На { $brand } добавлен второй фактор
mail-factor-added-heading = Добавлен второй фактор
mail-factor-added-lead = К вашей учётной записи на { $brand } { $time } добавлен второй фактор.
mail-factor-added-button = Это не вы? Задайте другой пароль
mail-factor-removed-subject = На { $brand } удалён второй фактор
mail-factor-removed-heading = Удалён второй фактор
mail-factor-removed-lead = Из вашей учётной записи на { $brand } { $time } удалён второй фактор.
mail-factor-removed-button = Это не вы? Задайте другой пароль
mail-recovery-codes-made-subject = Новые коды восстановления на { $brand }
mail-recovery-codes-made-heading = Новые коды восстановления
mail-recovery-codes-made-lead = Для вашей учётной записи на { $brand } { $time } созданы новые коды восстановления. Старые больше не действуют.
mail-recovery-codes-made-button = Это не вы? Задайте другой пароль
mail-recovery-code-used-subject = На { $brand } использован код восстановления
mail-recovery-code-used-heading = Использован код восстановления
mail-recovery-code-used-lead = Один из кодов восстановления вашей учётной записи на { $brand } использован { $time }. Больше он не действует.
mail-recovery-code-used-button = Это не вы? Задайте другой пароль
mail-wrong-codes-subject = Кто-то знает ваш пароль на { $brand }
mail-wrong-codes-heading = Кто-то знает ваш пароль
mail-wrong-codes-lead = { $time } кто-то ввёл верный пароль вашей учётной записи на { $brand }, а затем раз за разом неверные коды. Войти не удалось.
mail-wrong-codes-button = Это не вы? Задайте другой пароль
mail-wrong-codes-not-you = Это были вы? Тогда проверьте часы телефона, на котором стоит приложение.

# Пароли приложений
app-passwords-title = Пароли приложений
app-passwords-help = Пароли для программ, которые не умеют спрашивать код.
app-passwords-open = Управлять
app-passwords-lead = Программа входит с ним вместо вашего пароля. Страниц он не открывает и не меняет ни пароль, ни почту.
app-passwords-list = Ваши пароли приложений
app-passwords-end = Все они перестают действовать, когда меняется пароль, включается двухфакторный вход или вы выходите везде.
app-passwords-none = Паролей приложений пока нет. Старые программы, которые не умеют спрашивать код, входят с ними вместо вашего пароля.
app-passwords-made = Создан { $day }
app-passwords-used = использован { $ago }
app-passwords-unused = не использовался
app-passwords-expires = истекает { $day }
app-passwords-new = Новый пароль приложения
app-passwords-expiry = Истекает
app-passwords-never = Никогда
app-passwords-days = { $number ->
    [one] Через { $number } день
    [few] Через { $number } дня
   *[many] Через { $number } дней
}
app-passwords-make = Создать пароль приложения
app-passwords-made-lead = Входите с ним под именем { $login }.
app-passwords-secret = Ваш новый пароль приложения
app-passwords-once = Скопируйте его сейчас. Больше вы его не увидите.
app-passwords-many = Паролей приложений больше не может быть. Сначала удалите один
app-passwords-remove-title = Удалить «{ $name }»
app-passwords-remove-effect = Программы, которые входят с ним, сразу перестанут работать.
field-label = Для чего он
field-label-hint = Например, название приложения.
problem-label-missing = Напишите, для чего он
flash-app-password-removed = Пароль приложения удалён.
mail-app-password-made-subject = Новый пароль приложения на { $brand }
mail-app-password-made-heading = Новый пароль приложения
mail-app-password-made-lead = { $time } для вашей учётной записи на { $brand } создан пароль приложения. Программа может войти с ним вместо вашего пароля.
mail-app-password-made-button = Это не вы? Задайте другой пароль
