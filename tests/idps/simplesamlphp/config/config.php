<?php
// SimpleSAMLphp as an identity provider on loopback. What differs from run to run is in the folder of the run.
require_once __DIR__ . '/no_name_id.php';

$folder = getenv('DAYPASS_TEST_FOLDER');

$config = [
    'baseurlpath' => getenv('DAYPASS_TEST_BASE'),
    'certdir' => $folder,
    'loggingdir' => $folder,
    'datadir' => $folder,
    'tempdir' => $folder,
    'secretsalt' => 'only for tests',
    'auth.adminpassword' => bin2hex(random_bytes(16)),
    'technicalcontact_email' => 'nobody@example.com',
    'timezone' => 'UTC',
    'admin.checkforupdates' => false,
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    'logging.level' => SimpleSAML\Logger::INFO,
    'logging.handler' => 'file',
    'showerrors' => true,
    'errorreporting' => false,
    'session.cookie.secure' => false,
    'language.cookie.secure' => false,
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => $folder,
    'session.phpsession.cookiename' => 'SimpleSAML',
    'metadata.sources' => [['type' => 'flatfile', 'directory' => __DIR__ . '/metadata']],
];
