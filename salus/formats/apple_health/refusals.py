"""Why an export was refused, in words a person can act on."""


class ExportRefused(ValueError):
    """This file cannot be read as an Apple Health export. `message` says what to do and holds nothing from the file."""

    message = "This file could not be read as an Apple Health export."
    advice = (
        "On your iPhone open Health, tap your picture, choose Export All Health Data, "
        "and bring the file export.zip unchanged."
    )

    def __init__(self) -> None:
        self.message = f"{type(self).message} {type(self).advice}"
        super().__init__(self.message)


class NotAnExport(ExportRefused):
    message = "This file is neither a zip nor an Apple Health export.xml."


class NoHealthData(ExportRefused):
    message = "There is no Apple Health export in this file."


class EmptyFile(ExportRefused):
    message = "The health data in this file is empty: nothing was written to it."


class NoRecords(ExportRefused):
    message = "There is not a single measurement in this export."


class TruncatedZip(ExportRefused):
    message = "The zip is cut off or damaged; perhaps a download or a copy did not finish."
    advice = "Copy or download it again. If that does not help, make a new export in the Health app of your iPhone."


class EncryptedZip(ExportRefused):
    message = "The zip is protected by a password."
    advice = "Bring the file export.zip as the iPhone made it, without a password."


class UnknownCompression(ExportRefused):
    message = "The zip was packed in a way that Apple Health does not use."


class UnsafeNames(ExportRefused):
    message = "The zip holds names that point outside its own folder. Apple Health never writes such names."


class ZipBomb(ExportRefused):
    message = "The zip would unpack to far more than its size allows. No real export does that."


class TooManyFiles(ExportRefused):
    message = "The zip holds far more files than any health export."


class UnknownEncoding(ExportRefused):
    message = "The text in this file is written in an encoding that cannot be read."


class EntitiesDeclared(ExportRefused):
    message = "The file declares or uses its own XML entities. Apple Health never does, and they can do harm."


class EntryTooLarge(ExportRefused):
    message = "One entry in this file is far larger than any real measurement."


class TooManyTypes(ExportRefused):
    message = "The file names far more kinds of data than Apple Health has."


class TooDamaged(ExportRefused):
    message = "The file is damaged in thousands of places."


class Unreadable(ExportRefused):
    message = "No entry in this file could be read: its XML is broken from the start."
